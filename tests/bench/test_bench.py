"""The measuring programs run end to end on a small town; how fast they are is never a test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import web_peers

ROOT = Path(__file__).parent.parent.parent


def bench(*arguments: str, seconds: float = 560) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)


def test_without_a_name_it_lists_what_can_be_measured() -> None:
    done = bench()
    assert done.returncode == 0
    assert "broadcast" in done.stdout


def test_a_name_that_is_not_known_says_so_in_one_line() -> None:
    done = bench("nonsense")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "not known" in done.stderr


def test_check_ins_are_measured_and_nothing_of_a_tablet_without_network_is_lost() -> None:
    done = bench("checkin", "--families", "2", "--shelters", "3", "--rounds", "1", "--offline", "60", seconds=120)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = {line["figure"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert {"checkin_per_s", "checkin_vs_plain", "checkin_p99_ms", "sync_5000_s"} == figures.keys()
    assert (figures["sync_5000_s"]["lost"], figures["sync_5000_s"]["doubled"]) == (0, 0)
    assert figures["checkin_vs_plain"]["peers"]["plain"] > 0


def test_a_list_taken_in_and_certificates_are_measured() -> None:
    done = bench("import", "--residents", "500", "--certificates", "5", seconds=60)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = {line["figure"]: line for line in map(json.loads, done.stdout.splitlines())}
    taken = figures["import_match_500_s"]
    assert taken["value"] > 0
    assert taken["rows"] == taken["linked"] == taken["evacuees"] == taken["stand"] == 500
    assert figures["certificates_per_s"]["value"] > 0
    assert figures["certificates_per_s"]["papers"] == 5


@pytest.mark.timeout(400)  # a worker and a web server start, on a machine that may be busy
def test_what_one_bad_thing_costs_the_others_is_measured() -> None:
    few = ["--recipients", "40", "--telephones", "3", "--pollers", "4", "--rounds", "1"]
    done = bench("isolation", *few, seconds=380)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {line["figure"]: line for line in map(json.loads, done.stdout.splitlines())}
    names = ("slow_domain", "refused_domain", "dead_channel", "silent_channel", "pollers")
    assert figures.keys() == {f"isolation_{name}_pct" for name in names}
    assert all(line["peers"]["well_per_s"] > 0 for line in figures.values())


@pytest.mark.timeout(600)  # workers and a web server start, on a machine that may be busy
def test_a_broadcast_is_measured_from_approval_to_the_last_acceptance() -> None:
    few = ["--recipients", "60", "--peers-recipients", "5", "--sms-recipients", "20", "--rounds", "1"]
    done = bench("broadcast", *few)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {line["figure"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert set(figures) - {"email_vs_smtp_source"} == {
        "email_per_s",
        "email_vs_best_peer",
        "approve_to_feed_s",
        "worker_rss_mb",
        "sms_vs_limit",
        "correction_queued_s",
    }
    assert all(line["value"] > 0 and line["unit"] for line in figures.values())
    assert {"email", "smtp"} <= set(figures["email_per_s"]["threads_cpu_us"])
    assert figures["email_per_s"]["recipients"] == 60
    assert set(figures["email_vs_best_peer"]["peers"]) == {"django", "apprise"}
    assert figures["email_vs_best_peer"]["against"] in ("django", "apprise")
    assert set(figures["sms_vs_limit"]["peers"]) == {"twilio_one_thread", "twilio_threads", "twilio_async", "aiohttp"}
    assert figures["sms_vs_limit"]["limit_per_s"] == 667


def test_what_wrk_prints_is_read_as_numbers() -> None:
    said = """  Latency Distribution\n     50%   1.02ms\n     99%    2.50s\n  30 requests in 1.0s\n  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 4\nRequests/sec:   1234.50\n"""
    assert web_peers.read(said) == web_peers.Load(1234.5, 2500.0, 7)


@pytest.mark.timeout(300)
def test_the_map_is_measured_beside_nginx_in_the_same_run() -> None:
    done = bench("public", "--rounds", "1", "--seconds", "1")
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr[-3000:]
    figures = {line["figure"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert {"map_per_s", "map_p99_ms", "map_vs_nginx", "published_vs_static"} <= set(figures)
    assert all(line["value"] > 0 for line in figures.values())

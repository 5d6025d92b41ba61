"""What ``scripts/serve`` says when the service is up: the address and what to do next, in Japanese and English."""

from pathlib import Path

RULE = "─" * 72

_DEMO = """\
  デモが動いています（送信先はすべて模擬です。外には何も送りません）
    住民のページ     {url}/
    職員のページ     {url}/headquarters/
    届いたもの       {url}/demo/inbox
    ログイン名とパスワードは {url}/demo/ にあります。

  The demonstration is running (every provider is simulated; nothing leaves this machine).
    Residents' page {url}/     Staff {url}/headquarters/     What arrived {url}/demo/inbox
    Names and passwords to sign in with: {url}/demo/
"""

_SERVICE = """\
  サービスが動いています: {url}/
    職員のページ     {url}/headquarters/
    足りない設定は「scripts/disaster check」で分かります。

  The service is running: {url}/
    Staff {url}/headquarters/     What is not set up yet: scripts/disaster check
"""

_FIRST = """\
  まだアカウントがありません。次のリンクで最初の管理者を作ってください（1回だけ使えます）。
  There is no account yet. Make the first administrator with this link (it works once):
    {link}
"""


def text(url: str, folder: Path, *, demo: bool, link: str) -> str:
    """The whole message; ``link`` is the set-up link, empty where there are accounts."""
    parts = [(_DEMO if demo else _SERVICE).format(url=url)]
    if link:
        parts.append(_FIRST.format(link=link))
    parts.append(f"  データ / data: {folder}     終了 / to end: Ctrl-C\n")
    return f"\n{RULE}\n" + "\n".join(parts) + RULE


def show(url: str, folder: Path, *, demo: bool, link: str) -> None:
    """Print it."""
    print(text(url, folder, demo=demo, link=link), flush=True)

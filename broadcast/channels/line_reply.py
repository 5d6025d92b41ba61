"""Answers by LINE to what a person wrote (Reply API): free of charge, once for each reply token, within a minute."""

import logging
from typing import Any

from urllib3.exceptions import HTTPError

SECONDS = 5.0
_log = logging.getLogger(__name__)


class LineReplies:
    """Sends answers; ``token`` is the channel access token, ``api_url`` LINE's address or a stand-in's."""

    def __init__(self, token: str, api_url: str) -> None:
        self._token, self._api_url = token, api_url

    def send(self, reply_token: str, text: str) -> bool:
        """Answer once; whether LINE took it. An answer that is lost is not repeated: the person just writes again."""
        # Here and not above: the SDK takes two seconds and 40 MB, which a town without LINE need not pay.
        from linebot.v3.messaging import (
            ApiClient,
            ApiException,
            Configuration,
            MessagingApi,
            ReplyMessageRequest,
            TextMessage,
        )

        request = ReplyMessageRequest(reply_token=reply_token, messages=[TextMessage(text=text)])
        try:
            with ApiClient(Configuration(host=self._api_url, access_token=self._token)) as client:
                try:
                    api: Any = MessagingApi(client)
                    api.reply_message(request, _request_timeout=SECONDS)
                finally:
                    client.rest_client.pool_manager.clear()
        except ApiException as error:
            _log.warning("LINE took no answer: HTTP %s", error.status)
            return False
        except (HTTPError, OSError) as error:
            _log.warning("LINE took no answer: %s", type(error).__name__)
            return False
        return True

"""What a telephone says around messages: thanks, a wrong key, and the frame of the number that residents call."""

from broadcast.cap import Language

_JA, _EASY, _EN = Language.JA, Language.EASY_JA, Language.EN

THANKS = {
    _JA: ("ありがとうございました。確認しました。",),
    _EASY: ("ありがとうございました。",),
    _EN: ("Thank you. We have noted that you heard it.",),
}
NO_SUCH_KEY = {
    _JA: ("その番号は使えません。もう一度お伝えします。",),
    _EASY: ("その番号は使えません。もう一度言います。",),
    _EN: ("That key is not in use. Here is the message again.",),
}
GOODBYE = {
    _JA: ("電話を終わります。",),
    _EASY: ("電話を終わります。",),
    _EN: ("Goodbye.",),
}

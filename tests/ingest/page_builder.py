"""Builds documentation pages of a model: the vendor's layouts with placeholder texts in several languages.

The texts themselves do not matter, only their positions, their scripts, and the characters next to them.
"""

from __future__ import annotations

import enum
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

ADDRESS: Final = "https://model-api.runcomfy.net/v1/models/"
OUTPUT: Final[dict[str, Any]] = {
    "output": {
        "type": "object",
        "properties": {
            "video": {"type": "string", "format": "uri", "description": "where the clip is"},
            "images": {"type": "array", "items": {"type": "string", "format": "uri"}},
        },
    }
}


class PageForm(enum.Enum):
    """The forms of a page."""

    FULL = "pasted with the frame of the site, the footer glued to the last brace"
    ARTICLE = "the article alone"
    FLAT = "no headings, no indentation, prose glued to code"
    KEYS = "raw keys in place of headings and prose"
    FRAMED = "an English article in a frame of another language"


@dataclass(frozen=True)
class LanguageTexts:
    """The texts in one language."""

    frame: str
    footer: str
    contents: str
    start: str
    login: str
    send: str
    poll: str
    files: str
    inputs: str
    outputs: str
    prose: str


ENGLISH: Final = LanguageTexts(
    frame="Menu\nModels\nPrices",
    footer="Stay in touch\n  • Chat\n  • Mail",
    contents="On this page",
    start="1. First steps",
    login="2. Signing in",
    send="Sending a job",
    poll="Asking how it goes",
    files="4. Files you bring",
    inputs="What goes in",
    outputs="What comes out",
    prose="It's easy: put {request_id} where it belongs, and don't share your key.",
)
RUSSIAN: Final = LanguageTexts(
    frame="Меню\nМодели\nЦены",
    footer="Будем на связи\n  • Чат\n  • Почта",
    contents="На этой странице",
    start="1. Первые шаги",
    login="2. Вход",
    send="Отправка задачи",
    poll="Как идут дела",
    files="4. Ваши файлы",
    inputs="Что подаётся",
    outputs="Что получится",
    prose="Это просто: подставьте {request_id} куда надо и никому не давайте «ключ».",
)
JAPANESE: Final = LanguageTexts(
    frame="メニュー\nモデル\n料金",
    footer="お問い合わせ\n  • チャット\n  • メール",
    contents="このページの内容",
    start="1. はじめに",
    login="2. ログイン",
    send="ジョブを送る",
    poll="進み具合",
    files="4. 入力ファイル",
    inputs="入力の形",
    outputs="出力の形",
    prose="簡単です。{request_id}を入れ、キーは「秘密」にしてください。",
)
SPANISH: Final = LanguageTexts(
    frame="Menú\nModelos\nPrecios",
    footer="Sigamos en contacto\n  • Charla\n  • Correo",
    contents="En esta página",
    start="1. Primeros pasos",
    login="2. Entrar",
    send="Mandar un trabajo",
    poll="¿Cómo va?",
    files="4. Tus archivos",
    inputs="Lo que entra",
    outputs="Lo que sale",
    prose="Es fácil: pon {request_id} en su sitio y no compartas la clave.",
)
LOCALES: Final = {"en": ENGLISH, "ru": RUSSIAN, "ja": JAPANESE, "es": SPANISH}
KEYS: Final = LanguageTexts(**{name: f"apiDoc_{name}Label" for name in LanguageTexts.__dataclass_fields__})


@dataclass(frozen=True)
class Model:
    """The model that a page documents."""

    model_id: str
    schema: dict[str, Any]
    output: dict[str, Any] | None = field(default_factory=lambda: OUTPUT)
    body: dict[str, Any] | None = None
    """The sample body; if None, what the vendor makes of the required inputs."""

    @property
    def sample(self) -> dict[str, Any]:
        """Return the required inputs in schema order, with their defaults or else an empty text or list."""
        if self.body is not None:
            return self.body
        properties = self.schema["properties"]
        return {
            name: properties[name].get("default", [] if properties[name].get("type") == "array" else "")
            for name in properties
            if name in self.schema.get("required", [])
        }


@dataclass(frozen=True)
class Block:
    """A block of the article: a heading, a paragraph, or code."""

    kind: str
    text: str


def compose(model: Model, form: PageForm = PageForm.FULL, words: LanguageTexts = ENGLISH) -> str:
    """Return the text of a model's page in one form. The language applies to the frame or to the whole page."""
    match form:
        case PageForm.FULL:
            return _framed(_spaced(article(model, words)), words)
        case PageForm.FRAMED:
            return _framed(_spaced(article(model, ENGLISH)), words)
        case PageForm.ARTICLE:
            return _spaced(article(model, words)) + "\n"
        case PageForm.KEYS:
            return _spaced(article(model, KEYS))
        case PageForm.FLAT:
            return _without_line_breaks(article(model, words))


def compose_html(model: Model, words: LanguageTexts = ENGLISH, *, highlight: bool = True) -> str:
    """Return the page as a browser saves it: with entities, highlighted code, and scripts that contain JSON."""
    decoy = json.dumps({"type": "object", "properties": {"decoy": {}}, "url": f"{ADDRESS}decoy/model"})
    escaped = _highlighted if highlight else html.escape
    render: dict[str, Callable[[str], str]] = {
        "heading": lambda text: f"<h2 class=x title='a > b'>{html.escape(text)}</h2>",
        "prose": lambda text: f"<p>{html.escape(text)}&nbsp;&mdash; <b>ok</b></p>",
        "code": lambda text: f"<pre><code>{escaped(text)}</code></pre><button>copy</button>",
    }
    body = "".join(render[block.kind](block.text) for block in article(model, words))
    return (
        f'<!DOCTYPE html>\n<html lang="x"><head><title>{{&quot;t&quot;: 1}}</title><script type="application/json">{decoy}</script>'
        f"<style>a{{b:c}}</style></head>\n<body><!-- {decoy} --><nav>{html.escape(words.frame)}</nav><main>{body}</main>"
        f"<footer>{html.escape(words.footer)}</footer><script>const x = {decoy};</script></body></html>\n"
    )


def article(model: Model, words: LanguageTexts) -> list[Block]:
    """Return the blocks of the article in order."""
    headings = (words.start, words.login, words.send, words.poll, words.files, words.inputs, words.outputs)
    outputs = [Block("heading", words.outputs), Block("code", _json(model.output))] if model.output is not None else []
    return [
        Block("heading", model.model_id),
        Block("prose", words.prose),
        Block("prose", words.contents + "".join(headings)),
        Block("heading", words.start),
        Block("code", _submit(model)),
        Block("heading", words.login),
        Block("prose", f"{words.prose} Authorization: Bearer $YOUR_API_TOKEN"),
        Block("heading", words.send),
        Block("code", _submit(model)),
        Block("heading", words.poll),
        Block("code", _get("status")),
        Block("prose", words.prose),
        Block("code", _get("result")),
        Block("heading", words.files),
        Block("prose", words.prose),
        Block("heading", words.inputs),
        Block("code", _json(model.schema)),
        *outputs,
    ]


def _submit(model: Model) -> str:
    body = _json(model.sample).replace("\n", "\n  ")
    return (
        f"curl --request POST \\\n  --url {ADDRESS}{model.model_id} \\\n"
        f'  --header "Content-Type: application/json" \\\n  --header "Authorization: Bearer <token>" \\\n  --data \'{body}\''
    )


def _get(what: str) -> str:
    url = f"https://model-api.runcomfy.net/v1/requests/{{request_id}}/{what}"
    return f'curl --request GET \\\n  --url {url} \\\n  --header "Authorization: Bearer <token>"'


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _framed(text: str, words: LanguageTexts) -> str:
    return f"logo\n{words.frame}\n\n{text}\n{words.footer}"


def _spaced(blocks: list[Block]) -> str:
    return "\n\n".join(block.text for block in blocks)


def _without_line_breaks(blocks: list[Block]) -> str:
    """Code begins on a new line, but the next text follows it directly; only numbered headings remain."""
    text = ""
    for block in blocks:
        if block.kind == "code":
            text += "\n" + re.sub(r"(?m)^ +", "", block.text)
        elif block.kind == "prose" or block.text[0].isdigit():
            text += block.text
    return text


def _highlighted(code: str) -> str:
    """Return code with strings and punctuation in spans, and quotes as entities."""
    pieces = re.split(r'("(?:[^"\\\n]|\\.)*")', code)
    return "".join(
        f'<span style="color: #{index:03}">{html.escape(piece)}</span>' if index % 2 else _marked(piece)
        for index, piece in enumerate(pieces)
    )


def _marked(piece: str) -> str:
    return re.sub(
        r"[{}\[\]]", lambda mark: f"<span class=m data-x='>'>{mark[0]}</span>", html.escape(piece).replace("&#x27;", "&#39;")
    )

"""Small XML from strangers: elements and text alone, no DTD, no entities, no depth, no size."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20


class UnsafeXml(ValueError):
    """Not XML, or XML that no honest company sends."""


@dataclass
class Element:
    """An element by its local name; prefixes, attributes and comments are of no interest here."""

    name: str
    parts: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words directly in it, entities and CDATA resolved."""
        return "".join(self.parts).strip()

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, name: str) -> "Element | None":
        """The first element of this name, itself or anywhere below."""
        return next((each for each in self.walk() if each.name == name), None)

    def child_texts(self) -> dict[str, str]:
        """What its children say, by name; of two alike the first counts."""
        return {child.name: child.text for child in reversed(self.children)}


class _Builder:
    """Expat's events, refusing a document type before anything that it defines could be used."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []

    def start(self, name: str, attributes: object) -> None:
        element = Element(name.rpartition(":")[2])
        if len(self._open) >= MAX_DEPTH:
            raise UnsafeXml("too deep")
        if self._open:
            self._open[-1].children.append(element)
        self.root = self.root or element
        self._open.append(element)

    def end(self, name: str) -> None:
        self._open.pop()

    def words(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def doctype(self, *declaration: object) -> None:
        raise UnsafeXml("a document type")


def parse(document: bytes) -> Element:
    """The root element. Raises UnsafeXml; what stands before the first "<" is passed over."""
    if len(document) > MAX_BYTES:
        raise UnsafeXml("too large")
    builder = _Builder()
    try:
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.words
        parser.StartDoctypeDeclHandler = builder.doctype
        parser.EntityDeclHandler = builder.doctype
        parser.Parse(document[max(document.find(b"<"), 0) :], True)
    except UnsafeXml:
        raise
    except (ExpatError, LookupError, ValueError) as error:
        raise UnsafeXml(type(error).__name__) from None
    if builder.root is None:
        raise UnsafeXml("empty")
    return builder.root

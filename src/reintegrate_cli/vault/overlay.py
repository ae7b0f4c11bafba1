"""What units of work put in or took out, laid over the documents of a base."""

from collections.abc import Iterable, Iterator

Overlay = dict[int, bytes | None]
"""What was put at a place, or ``None`` where it was taken out."""


def laid_over(
    documents: Iterable[tuple[int, bytes]], overlay: Overlay, first: int, last: int
) -> Iterator[tuple[int, bytes]]:
    """Lay over documents what was put and taken out since, all in the order of places.

    Args:
        documents: those between the two places, in their order.
        overlay: what lies over them, of other places too.
        first: the first place.
        last: the last place.
    """
    waiting = sorted((place for place in overlay if first <= place <= last), reverse=True)
    for place, body in documents:
        while waiting and waiting[-1] < place:
            yield from _put_at(overlay, waiting.pop())
        if waiting and waiting[-1] == place:
            yield from _put_at(overlay, waiting.pop())
        else:
            yield place, body
    while waiting:
        yield from _put_at(overlay, waiting.pop())


def _put_at(overlay: Overlay, place: int) -> Iterator[tuple[int, bytes]]:
    body = overlay[place]
    if body is not None:
        yield place, body

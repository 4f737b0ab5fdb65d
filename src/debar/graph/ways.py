"""Whether a component is held by other paths than some that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    _State = frozenset[tuple[Sequence[str], int]]

#: Edges looked at before the answer is that another path is left, which clears nothing.
_LOOKS = 100_000


class Ways:
    """A walk of the simple paths from the roots to a target that leave none of some named ways.

    `after` yields the successors of a node that lead to the target, `names` tells whether a step's text means a node.
    A way may begin with the root or with its ingredient.
    """

    def __init__(self, target: int, after: Callable[[int], Iterable[int]], names: Callable[[str, int], bool]) -> None:
        self._target = target
        self._after = after
        self._names = names
        self._looks = _LOOKS

    def left(self, roots: Iterable[int], ways: Collection[Sequence[str]]) -> tuple[int, ...]:
        """Return how a path begins that is none of the ways, or nothing if there is no such path."""
        for root in roots:
            if found := self._from(root, ways):
                return found
        return ()

    def _from(self, root: int, ways: Collection[Sequence[str]]) -> tuple[int, ...]:
        state = frozenset((way, int(self._names(way[0], root))) for way in ways)
        if root == self._target:
            return () if any(at == len(way) for way, at in state) else (root,)
        trail: list[int] = [root]
        stack: list[Iterator[tuple[int, _State]]] = [self._onward(trail, state)]
        while stack:
            node, following = next(stack[-1], (-1, state))
            if node < 0:
                stack.pop()
                trail.pop()
            elif self._looks < 0 or not following:
                return (*trail, node)
            elif node != self._target:
                trail.append(node)
                stack.append(self._onward(trail, following))
        return ()

    def _onward(self, trail: Sequence[int], state: _State) -> Iterator[tuple[int, _State]]:
        """Yield each next node with what is left of the ways; a way that ends must end at the target."""
        onward = list(self._after(trail[-1]))
        self._looks -= len(onward)
        for node in sorted(set(onward).difference(trail)):
            taken = ((way, at + 1) for way, at in state if at < len(way) and self._names(way[at], node))
            ends = node == self._target
            yield node, frozenset((way, at) for way, at in taken if (at == len(way)) == ends)

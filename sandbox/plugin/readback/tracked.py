"""Properties that remember which of them were used: what nobody looked at was dropped."""


class Tracked(dict):
    """A resource's properties. Reading a key counts, a deep copy goes on counting; comparing and asking `in` do not."""

    def __init__(self, value: dict):
        super().__init__({key: track(item) for key, item in value.items()})
        self.used: set[str] = set()

    def __getitem__(self, key):
        self.used.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.used.add(key)
        return super().get(key, default)

    def pop(self, key, *default):
        self.used.add(key)
        return super().pop(key, *default)

    def setdefault(self, key, default=None):
        self.used.add(key)
        return super().setdefault(key, default)

    # Who walks over all keys hands them on, to where this can't look: they count as used.
    def __iter__(self):
        self._use_all()
        return super().__iter__()

    def keys(self):
        self._use_all()
        return super().keys()

    def items(self):
        self._use_all()
        return super().items()

    def values(self):
        self._use_all()
        return super().values()

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        copied = Tracked({})
        dict.update(copied, {key: track(plain(item)) for key, item in dict.items(self)})
        copied.used = self.used
        for key, item in dict.items(self):
            _share(item, dict.__getitem__(copied, key))
        return copied

    def __reduce_ex__(self, protocol):
        return dict, (plain(self),)

    def _use_all(self):
        self.used.update(dict.keys(self))


def track(value):
    if isinstance(value, dict):
        return Tracked(value if type(value) is dict else plain(value))
    return [track(item) for item in value] if isinstance(value, list) else value


def plain(value):
    """The same value without memory, read without counting."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in dict.items(value)}
    return [plain(item) for item in value] if isinstance(value, list) else value


def unused(value, path: str = "") -> list[str]:
    """Paths of what nobody used. A part that was taken whole, without a look inside, counts as used."""
    if isinstance(value, list):
        found = [unused(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return sorted({name for names in found for name in names})
    if not isinstance(value, Tracked) or (path and not value.used):
        return []
    names = []
    for key, item in dict.items(value):
        name = f"{path}.{key}" if path else key
        names += unused(item, name) if key in value.used else [name]
    return names


def _share(original, copied) -> None:
    """Lets a copy count for its original."""
    if isinstance(original, Tracked):
        copied.used = original.used
        for key, item in dict.items(original):
            _share(item, dict.__getitem__(copied, key))
    elif isinstance(original, list):
        for item, other in zip(original, copied):
            _share(item, other)

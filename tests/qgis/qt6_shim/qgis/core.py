"""Stands in for qgis.core: every class is there, takes anything and remembers nothing."""


class _Anything(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()

    def __or__(cls, other):
        return cls


class Stub(metaclass=_Anything):
    """Answers every call and attribute with another of its kind."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()

    def __call__(self, *args, **kwargs):
        return Stub()

    def __or__(self, other):
        return self


class QgsSettings:
    """Settings in memory."""

    kept = {}  # noqa: RUF012

    def value(self, key, default=None, type=None):
        return self.kept.get(key, default)

    def setValue(self, key, value):
        self.kept[key] = value

    def remove(self, key):
        self.kept.pop(key, None)


class QgsApplication:
    """Has a profile folder and a registry."""

    folder = ""

    @classmethod
    def qgisSettingsDirPath(cls):
        return cls.folder

    @staticmethod
    def processingRegistry():
        return Stub()


def __getattr__(name):
    if not name.startswith("Qgs") and name != "Qgis":
        raise AttributeError(name)
    return type(name, (Stub,), {})

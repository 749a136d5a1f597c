import os
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Files that are on the disk, not only in its cache, before anybody is told that they were received."""

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]  # unknown to the stubs
        for path in (self.path(saved), os.path.dirname(self.path(saved))):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved

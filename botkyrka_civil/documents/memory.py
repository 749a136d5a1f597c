"""An upload that is looked at and not kept: in memory whatever its size, and no more of it than may come."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.utils.datastructures import MultiValueDict

FORM = 64 * 1024  # what the form itself may take beside its file


class InMemoryUpload(FileUploadHandler):
    """Never a file on the disk. What is too large is not read: `too_large` says so, and the file is missing."""

    def __init__(self, request: Any, most: int) -> None:
        super().__init__(request)
        self.most = self.left = most
        self.too_large = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> tuple[Any, Any] | None:
        """What says itself that it is too large is not even begun with."""
        self.too_large = content_length > self.most + FORM
        return (MultiValueDict(), MultiValueDict()) if self.too_large else None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left < 0:
            self.too_large = True
            raise StopUpload(connection_reset=True)
        self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.kept.seek(0)
        kind, charset = self.content_type, self.charset
        return InMemoryUploadedFile(self.kept, self.field_name, self.file_name, kind, file_size, charset)

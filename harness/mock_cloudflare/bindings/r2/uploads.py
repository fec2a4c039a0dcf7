"""Objects that a Worker puts in parts: `createMultipartUpload`, `uploadPart`, `complete` and `abort`.

`resumeMultipartUpload` asks nobody: the calls that come after it name the upload.

The one rule: an upload is one for both doors, so that what a Worker begins an S3 client may complete. Parts are
decided on where S3's are.
Sources: `src/workerd/api/r2-multipart.c++` in workerd; Cloudflare docs, R2, multipart objects; Cloudflare's own
simulator (`packages/miniflare/src/workers/r2` in workers-sdk) for what comes of an upload that is none.
"""

from __future__ import annotations

from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.bindings.r2.objects import made_of
from harness.mock_cloudflare.bindings.r2.wire import Asked, Outcome, shown, told
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.parts import begun, etag_of, put_together, with_part
from harness.mock_cloudflare.request import Upload, UploadEffect


def create(call: BindingCall, asked: Asked) -> Outcome:
    """Begin an upload."""
    made = Upload(
        bucket=call.binding.bound_to,
        key=asked.key,
        http_fields=asked.http_fields,
        custom_fields=asked.custom_fields,
    )
    upload_id = call.identity.digest.hex()
    return told({"uploadId": upload_id}), UploadEffect(id=upload_id, after=made)


def part(call: BindingCall, asked: Asked) -> Outcome:
    """Take a part; one of the same number before it is forgotten."""
    number = asked.told.get("partNumber")
    after = with_part(_begun(call, asked), number if isinstance(number, int) else 0, asked.value)
    return told({"etag": etag_of(asked.value)}), UploadEffect(id=asked.text("uploadId"), after=after)


def complete(call: BindingCall, asked: Asked) -> Outcome:
    """Make the object of the parts that are named, in whatever order; of none, an empty one."""
    upload = _ending(call, asked)
    value, etag = put_together(upload, _named(asked.told.get("parts")))
    fields, own = upload.http_fields, upload.custom_fields
    made = made_of(call, upload.key, value, http_fields=fields, custom_fields=own, parts_etag=etag)
    effect = UploadEffect(id=asked.text("uploadId"), after=None, made=made, bucket=upload.bucket)
    return told(shown(made)), effect


def abort(call: BindingCall, asked: Asked) -> Outcome:
    """Give an upload up, with all its parts; for one that has ended there is nothing to do."""
    upload_id = asked.text("uploadId")
    if upload_id in call.stores.ended_uploads:
        return told({}), None
    _ending(call, asked)
    return told({}), UploadEffect(id=upload_id, after=None)


def _begun(call: BindingCall, asked: Asked) -> Upload:
    return begun(call.stores.uploads, asked.text("uploadId"), bucket=call.binding.bound_to, key=asked.key)


def _ending(call: BindingCall, asked: Asked) -> Upload:
    """Return the upload that is to end. One that has ended is missing; at one that never was, R2 itself fails."""
    try:
        return _begun(call, asked)
    except RefusedError as error:
        never_was = error.row is R2.NO_UPLOAD and asked.text("uploadId") not in call.stores.ended_uploads
        raise RefusedError(R2.INTERNAL if never_was else error.row) from None


def _named(parts: object) -> list[tuple[int, str]]:
    """Return the numbers and etags of the parts that are named; what is no number is that of no part."""
    listed = [each for each in parts if isinstance(each, dict)] if isinstance(parts, list) else []
    return [(number if isinstance(number := each.get("part"), int) else 0, str(each.get("etag"))) for each in listed]

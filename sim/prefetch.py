"""Asks the processor to fetch a record before its turn. A hint: it changes how long a loop takes, never what it finds.

A loop over shoppers waits about 100 ns for each record that lies in no cache, as long as all its arithmetic takes.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD = 8  # records; the fetch of one takes about as long as the work on this many
LINE_BYTES = 64
WHOLE = 1 << 20  # bytes: the whole record
_READ, _KEEP, _DATA = 0, 3, 1  # arguments of LLVM's prefetch: for reading, into every cache, data not code


def _fetch(typing_context: Any, records: Any, row: Any, most: Any) -> Any:
    """Starts fetching `records[row]`, at most its first `most` bytes (a literal); `row` must lie inside."""
    if not isinstance(most, types.IntegerLiteral):
        return None
    size = min(records.dtype.size, most.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, whole, wide = ir.IntType(8).as_pointer(), ir.IntType(32), ir.IntType(64)
        hint = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        function = cgutils.get_or_insert_function(builder.module, hint, "llvm.prefetch.p0i8")
        stride = cgutils.unpack_tuple(builder, array.strides)[0]
        start = builder.gep(builder.bitcast(array.data, byte), [builder.mul(arguments[1], stride)])
        for skipped in range(0, size, LINE_BYTES):
            place = builder.gep(start, [wide(skipped)])
            builder.call(function, [place, whole(_READ), whole(_KEEP), whole(_DATA)])
        return context.get_dummy_value()

    return types.void(records, types.intp, most), generate


fetch: Any = intrinsic(prefer_literal=True)(_fetch)  # fetch(records, row, WHOLE) in compiled code

"""The process engine behind one wall: bytes in, step out; no table, no request, no session."""

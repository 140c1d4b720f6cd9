from __future__ import annotations

from bloop_trio.http.operations import Operation, documented, operation_of


async def test_a_documented_function_stays_what_it_is_and_carries_its_operation() -> None:
    operation = Operation(summary="Say hello")

    async def hello() -> str:
        return "hello"

    assert operation_of(hello) is None
    assert documented(operation)(hello) is hello
    assert operation_of(hello) is operation
    assert await hello() == "hello"

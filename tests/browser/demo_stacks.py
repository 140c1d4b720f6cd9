"""Stacks of the demonstration's errors, as Python, Node and Kotlin write them."""

from __future__ import annotations

from typing import Final

STOCK: Final = """\
Traceback (most recent call last):
  File "/srv/shop/api/products.py", line 84, in show_product
    in_stock = await stock.count(product.id)
  File "/srv/shop/clients/stock.py", line 37, in count
    answer = await self.http.get(f"/stock/{product_id}", timeout=2.0)
  File "/usr/lib/python3.13/site-packages/httpx/_client.py", line 1757, in get
    return await self.request("GET", url, timeout=timeout)
  File "/usr/lib/python3.13/site-packages/httpx/_client.py", line 1540, in request
    return await self.send(request, auth=auth)
  File "/srv/shop/clients/deadline.py", line 22, in send
    raise TimeoutError("stock service did not answer within 2000 ms")
TimeoutError: stock service did not answer within 2000 ms"""
SOCKET: Final = """\
Traceback (most recent call last):
  File "/srv/shop/api/products.py", line 84, in show_product
    in_stock = await stock.count(product.id)
  File "/usr/lib/python3.13/site-packages/httpx/_transports/default.py", line 118, in handle
    raise ReadTimeout(message)
ReadTimeout: stock service: the connection was closed while reading"""
PAYMENT: Final = """\
Traceback (most recent call last):
  File "/srv/shop/api/checkout.py", line 131, in check_out
    receipt = await payments.charge(order, card)
  File "/srv/shop/payments/issuer.py", line 66, in charge
    raise PaymentDeclined(answer.code, answer.text)
PaymentDeclined: issuer answered 51: insufficient funds"""
ADDRESS: Final = """\
Traceback (most recent call last):
  File "/srv/shop/api/addresses.py", line 29, in add_address
    address = Address(street=form["street"], postcode=form["postcode"])
KeyError: 'postcode'"""
ORDERS: Final = """\
Traceback (most recent call last):
  File "/srv/shop/jobs/number_orders.py", line 58, in run
    session.flush()
  File "/usr/lib/python3.13/site-packages/sqlalchemy/orm/session.py", line 4345, in flush
    self._flush(objects)
  File "/usr/lib/python3.13/site-packages/sqlalchemy/engine/default.py", line 951, in do_execute
    cursor.execute(statement, parameters)
IntegrityError: duplicate key violates orders_number_key"""
RECEIPT: Final = """\
Traceback (most recent call last):
  File "/srv/shop/mails/receipt.py", line 44, in render
    return template.render(order=order)
TemplateError: no such variable: voucher"""
DELIVERY: Final = """\
com.example.shop.net.DecodingError: Expected a date in the field delivered_at
    at com.example.shop.net.Dates.parse(Dates.kt:31)
    at com.example.shop.orders.OrderDto$Companion.from(OrderDto.kt:52)
    at com.example.shop.orders.OrderHistoryModel$load$2.invokeSuspend(OrderHistoryModel.kt:74)
    at kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)
    at kotlinx.coroutines.DispatchedTask.run(DispatchedTask.kt:104)
    at android.os.Handler.dispatchMessage(Handler.java:106)"""
THUMBNAILS: Final = """\
OutOfMemoryError: while resizing an image of 12000 x 9000 pixels
    at resize (/srv/images/src/resize.ts:48:19)
    at thumbnail (/srv/images/src/thumbnail.ts:27:24)
    at runJob (/srv/images/node_modules/bullmq/dist/worker.js:412:31)
    at process.processTicksAndRejections (node:internal/process/task_queues:103:5)"""
SEARCH: Final = """\
NetworkError: Failed to fetch
    at search (/srv/web/src/search/client.ts:19:22)
    at onInput (/srv/web/src/search/SearchBox.tsx:41:9)"""

"""Stacks as each language writes them, and the frame that an error is known by."""

from __future__ import annotations

import attrs


@attrs.frozen
class StackCase:
    """A stack, what came with it, and what is made of it."""

    name: str
    error_type: str
    message: str
    stack: str
    frame: str


CASES = (
    StackCase(
        "javascript in V8",
        "TypeError",
        "Cannot read properties of undefined (reading 'id')",
        """TypeError: Cannot read properties of undefined (reading 'id')
    at Object.<anonymous> (/srv/app/node_modules/express/lib/router.js:100:5)
    at async CartController.add [as handler] (https://cdn.example.com/assets/cart-Bk3xYz12.3f2a1b4c.js?v=3:42:10)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)""",
        "CartController.add (/assets/cart.js)",
    ),
    StackCase(
        "javascript without names",
        "Error",
        "boom",
        "Error: boom\n    at Array.map (<anonymous>)\n    at https://example.com/main.9c1d2e3f.chunk.js:1:2345",
        "/main.chunk.js",
    ),
    StackCase(
        "javascript in Firefox",
        "Error",
        "boom",
        "forEach@[native code]\nadd/<@https://example.com/app.3f2a1b.js:1:2\n@https://example.com/app.js:3:4\n",
        "add/< (/app.js)",
    ),
    StackCase(
        "python",
        "ValueError",
        "bad value 12",
        """Traceback (most recent call last):
  File "/srv/app.py", line 42, in handler
    return add(cart)
           ^^^^^^^^^
  File "/srv/releases/20260101/cart.py", line 7, in add
    raise ValueError("bad value 12")
  File "/usr/lib/python3.11/json/__init__.py", line 3, in loads
ValueError: bad value 12
""",
        "add (/srv/releases/<n>/cart.py)",
    ),
    StackCase(
        "python, one exception after another",
        "KeyError",
        "'b'",
        """Traceback (most recent call last):
  File "/srv/one.py", line 1, in first
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/two.py", line 2, in second
  File "/srv/venv/lib/python3.12/site-packages/x/y.py", line 2, in get
KeyError: 'b'
""",
        "second (/srv/two.py)",
    ),
    StackCase(
        "python, a group of exceptions",
        "ExceptionGroup",
        "two",
        """  + Exception Group Traceback (most recent call last):
  |   File "/srv/app.py", line 1, in run
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app.py", line 9, in part
    | ValueError: 1
    +------------------------------------
""",
        "part (/srv/app.py)",
    ),
    StackCase(
        "java",
        "java.lang.IllegalStateException",
        "Fragment not attached",
        """java.lang.IllegalStateException: Fragment not attached
\tat java.base/java.util.Objects.requireNonNull(Objects.java:3)
\tat androidx.fragment.app.Fragment.requireContext(Fragment.java:900)
\tat com.acme.shop.Checkout.pay(Checkout.java:77)
Caused by: java.io.IOException: 17
\tat com.acme.shop.Net.send(Net.java:1)
\t... 12 more""",
        "com.acme.shop.Checkout.pay (Checkout.java)",
    ),
    StackCase(
        "java, only its cause has an own frame",
        "java.lang.RuntimeException",
        "x",
        """Exception in thread "main" java.lang.RuntimeException: x
\tat java.util.concurrent.FutureTask.run(FutureTask.java:264)
\tat jdk.internal.reflect.GeneratedMethodAccessor17.invoke(Unknown Source)
Caused by: java.io.IOException: 17
\tat com.acme.Worker$$Lambda$14/0x0000000800c03000.run(Unknown Source)
\tat com.acme.Worker.lambda$start$0(Worker.java:1)""",
        "com.acme.Worker$$Lambda.run",
    ),
    StackCase(
        "kotlin",
        "IllegalStateException",
        "Fragment not attached",
        """java.lang.IllegalStateException: Fragment not attached
\tat kotlin.Result.getOrThrow(Result.kt:9)
\tat com.acme.ProfileFragment$load$1.invokeSuspend(ProfileFragment.kt:77)
\tat kotlinx.coroutines.DispatchedTask.run(DispatchedTask.kt:106)""",
        "com.acme.ProfileFragment$load$<n>.invokeSuspend (ProfileFragment.kt)",
    ),
    StackCase(
        "objective-c",
        "NSRangeException",
        "index 7 beyond bounds",
        """*** Terminating app due to uncaught exception 'NSRangeException', reason: 'index 7 beyond bounds'
*** First throw call stack:
0   CoreFoundation                      0x00000001804658a8 __exceptionPreprocess + 172
1   libobjc.A.dylib                     0x00000001800ae07c objc_exception_throw + 56
2   MyApp                               0x0000000104a1c0f8 -[Cart add:] + 88
3   UIKitCore                           0x0000000184f4b5d0 -[UIApplication sendAction:to:from:forEvent:] + 96""",
        "-[Cart add:] (MyApp)",
    ),
    StackCase(
        "swift",
        "Fatal error",
        "Index out of range",
        """Fatal error: Index out of range: file MyApp/Cart.swift, line 88
0   libswiftCore.dylib                  0x00000001a1 $ss17_assertionFailure + 100
1   MyApp Beta                          0x0000000104 Cart.add(_:) + 120 (Cart.swift:88)
2   MyApp                               0x0000000104 closure #1 in CartView.body.getter + 16""",
        "closure #<n> in CartView.body.getter (MyApp)",
    ),
    StackCase(
        "ruby",
        "NoMethodError",
        "undefined method `id' for nil",
        """/usr/lib/ruby/gems/3.2.0/gems/activerecord-7.0.4/lib/active_record/core.rb:12:in `find'
/srv/app/models/user.rb:42:in `block in save'
\tfrom /srv/app/models/user.rb:40:in 'User#save'""",
        "block in save (/srv/app/models/user.rb)",
    ),
    StackCase(
        "ruby, with the message in its first line",
        "RuntimeError",
        "no such order: 17",
        "app/order.rb:2:in `find': no such order: 17 (RuntimeError)\n\tfrom app/order.rb:9:in `<main>'\n",
        "find (app/order.rb)",
    ),
    StackCase(
        "ruby 2.5, the other way round",
        "RuntimeError",
        "m",
        """Traceback (most recent call last):
\t2: from a.rb:9:in `<main>'
\t1: from a.rb:5:in `bar'
a.rb:2:in `foo': m (RuntimeError)""",
        "foo (a.rb)",
    ),
    StackCase(
        "go",
        "panic",
        "runtime error: index out of range [5] with length 3",
        """panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
panic({0x1006f5ba0, 0x140000b2018})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
main.(*Server).handle(0xc000010000, {0x1, 0x2})
\t/srv/main.go:42 +0x1d
github.com/acme/shop/cart.Add.func1(...)
\t/srv/cart/cart.go:7
created by main.start in goroutine 5
\t/srv/main.go:12 +0x1""",
        "main.(*Server).handle (/srv/main.go)",
    ),
    StackCase(
        "go, a closure of a package",
        "panic",
        "17",
        """goroutine 7 [running]:
net/http.(*conn).serve.func1()
\t/usr/local/go/src/net/http/server.go:1854 +0xb0
github.com/acme/shop/cart.Add.func1.2(0x17)
\t/srv/cart/cart.go:7 +0x1""",
        "github.com/acme/shop/cart.Add.func<n> (/srv/cart/cart.go)",
    ),
    StackCase(
        "dotnet",
        "System.InvalidOperationException",
        "bad",
        """System.InvalidOperationException: bad
 ---> System.Exception: inner
   at System.String.Substring(Int32 startIndex, Int32 length)
   at Acme.Cart.<>c__DisplayClass3_0.<Add>b__1(String x) in C:\\src\\Cart.cs:line 42
   --- End of inner exception stack trace ---
   at Acme.Program.Main(String[] args)""",
        "Acme.Cart.<>c__DisplayClass<n>.<Add>b__<n>(String x) (C:/src/Cart.cs)",
    ),
    StackCase(
        "php",
        "Exception",
        "bad",
        """PHP Fatal error:  Uncaught Exception: bad in /var/www/app/Foo.php:3
Stack trace:
#0 /var/www/vendor/guzzle/client.php(10): call_user_func(Object(Closure))
#1 /var/www/app/Foo.php(42): App\\Foo->bar('a', 1)
#2 {main}
  thrown in /var/www/app/Foo.php on line 3""",
        "App\\Foo->bar (/var/www/app/Foo.php)",
    ),
    StackCase(
        "dart",
        "RangeError",
        "17",
        "#0      List.[] (dart:core-patch/growable_array.dart:264:36)\n#1      Cart.add (package:app/cart.dart:5:3)",
        "Cart.add (package:app/cart.dart)",
    ),
    StackCase(
        "a message of several lines that look like frames",
        "Error",
        "two lines\nat fake (fake.js:1:2)",
        "Error: two lines\nat fake (fake.js:1:2)\n    at real (real.js:3:4)",
        "real (real.js)",
    ),
    StackCase("a header alone", "Error", "boom 17", "Error: boom 17", ""),
    StackCase(
        "something else", "Crash", "boom", "Crash: boom\nsomewhere at 0x7f12 line 17", "somewhere at <hex> line <n>"
    ),
    StackCase("nothing", "Error", "boom", "", ""),
)

/** Code that sends a first event, for each way of doing so: complete, and fit to be pasted. */

export interface Snippet {
  value: string;
  label: string;
  /** A command, or where to click; empty if nothing has to be installed. */
  install: string;
  code: string;
}

const MESSAGE = "Hello from bloop";

/** Return a key with all but its beginning hidden. */
export function masked(key: string): string {
  return `${key.startsWith("bloop_") ? "bloop_" : ""}${"•".repeat(12)}`;
}

/** Return the snippets for a project that sends to `endpoint`, such as `https://errors.example.com`. */
export function snippets(endpoint: string, key: string): Snippet[] {
  return [
    { value: "curl", label: "cURL", install: "", code: curl(endpoint, key) },
    { value: "python", label: "Python", install: "pip install bloop-sdk", code: python(endpoint, key) },
    {
      value: "typescript",
      label: "TypeScript",
      install: "npm install @dthink/bloop-sdk",
      code: typescript(endpoint, key),
    },
    {
      value: "react-native",
      label: "React Native",
      install: "npm install @dthink/bloop-react-native",
      code: reactNative(endpoint, key),
    },
    {
      value: "swift",
      label: "Swift",
      install: "Xcode: File → Add Package Dependencies… → https://github.com/jaikoo/bloop-swift",
      code: swift(endpoint, key),
    },
    {
      value: "kotlin",
      label: "Kotlin",
      install: 'implementation("com.bloop:bloop-client:0.1.0")',
      code: kotlin(endpoint, key),
    },
    { value: "ruby", label: "Ruby", install: "gem install bloop-sdk", code: ruby(endpoint, key) },
  ];
}

function curl(endpoint: string, key: string): string {
  return `KEY=${shellQuoted(key)}
BODY=$(cat <<END
{"timestamp": $(date +%s)000, "source": "api",
 "environment": "production", "release": "1.0.0",
 "error_type": "HelloError", "message": "${MESSAGE}"}
END
)
SIGNATURE=$(printf %s "$BODY" |
  openssl dgst -sha256 -hmac "$KEY" | sed 's/^.* //')

curl ${shellQuoted(`${endpoint}/v1/ingest`)} \\
  -H 'Content-Type: application/json' \\
  -H "X-Project-Key: $KEY" \\
  -H "X-Signature: $SIGNATURE" \\
  --data-binary "$BODY"
`;
}

function python(endpoint: string, key: string): string {
  return `import traceback

from bloop import BloopClient

with BloopClient(
    endpoint=${JSON.stringify(endpoint)},
    project_key=${JSON.stringify(key)},
    environment="production",
    release="1.0.0",
) as bloop:
    try:
        raise RuntimeError(${JSON.stringify(MESSAGE)})
    except RuntimeError as error:
        bloop.capture(type(error).__name__, str(error), stack=traceback.format_exc())
`;
}

function typescript(endpoint: string, key: string): string {
  return `import { BloopClient } from "@dthink/bloop-sdk";

const bloop = new BloopClient({
  endpoint: ${JSON.stringify(endpoint)},
  projectKey: ${JSON.stringify(key)},
  environment: "production",
  release: "1.0.0",
});

try {
  throw new Error(${JSON.stringify(MESSAGE)});
} catch (thrown) {
  const error = thrown as Error;
  bloop.capture({ errorType: error.name, message: error.message, stack: error.stack });
}

// Before the process ends:
await bloop.close();
`;
}

function reactNative(endpoint: string, key: string): string {
  return `import { BloopErrorBoundary, useBloop } from "@dthink/bloop-react-native";
import { Button } from "react-native";

export default function App() {
  // Uncaught errors are sent from here on.
  const bloop = useBloop({
    endpoint: ${JSON.stringify(endpoint)},
    projectKey: ${JSON.stringify(key)},
    environment: "production",
    release: "1.0.0",
  });

  return (
    <BloopErrorBoundary client={bloop}>
      <Button title="Send an error" onPress={() => bloop.captureError(new Error(${JSON.stringify(MESSAGE)}))} />
    </BloopErrorBoundary>
  );
}
`;
}

function swift(endpoint: string, key: string): string {
  return `import BloopClient

// Once, when the app starts. The key both names the project and signs what is sent.
let key = ${swiftQuoted(key)}
BloopClient.configure(
    endpoint: ${swiftQuoted(endpoint)},
    secret: key,
    projectKey: key,
    environment: "production",
    release: "1.0.0"
)
BloopClient.shared?.installCrashHandler()

// Wherever something goes wrong:
BloopClient.shared?.capture(message: ${swiftQuoted(MESSAGE)}, errorType: "HelloError")
`;
}

function kotlin(endpoint: string, key: string): string {
  return `import com.bloop.sdk.BloopClient

// Once, when the app starts. The key both names the project and signs what is sent.
val key = ${kotlinQuoted(key)}
BloopClient.configure(
    endpoint = ${kotlinQuoted(endpoint)},
    secret = key,
    projectKey = key,
    environment = "production",
    release = "1.0.0",
)
BloopClient.shared?.installUncaughtExceptionHandler()

// Wherever something goes wrong:
BloopClient.shared?.capture(IllegalStateException(${kotlinQuoted(MESSAGE)}))
`;
}

function ruby(endpoint: string, key: string): string {
  return `require "bloop"

bloop = Bloop::Client.new(
  endpoint: ${rubyQuoted(endpoint)},
  project_key: ${rubyQuoted(key)},
  environment: "production",
  release: "1.0.0",
)

begin
  raise ${rubyQuoted(MESSAGE)}
rescue => error
  bloop.capture_exception(error)
end

# Events are sent in the background, every five seconds: a script that ends at once has to wait.
bloop.flush
sleep 1
`;
}

// Keys of old projects may be any text, so each language quotes them in its own way.

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function swiftQuoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function kotlinQuoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "\\$")}"`;
}

function rubyQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

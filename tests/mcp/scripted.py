#!/usr/bin/env python3
"""An MCP server over standard input and output that misbehaves on purpose, in the way its first argument names.

Real servers behave; this one shows what happens when one does not. It needs nothing but Python itself.
"""

import json
import os
import signal
import subprocess
import sys

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

mode = sys.argv[1]
tools = []
subscription = None


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name, read_only=False, **properties):
    tools.append(
        {
            "name": name,
            "description": f"The tool {name}.",
            "inputSchema": {"type": "object", "properties": properties},
            "annotations": {"readOnlyHint": read_only},
        }
    )


def text(answer, **more):
    return {"content": [{"type": "text", "text": answer}], **more}


def tools_changed():
    params = {"_meta": {SUBSCRIPTION: subscription}} if subscription is not None else {}
    send({"method": "notifications/tools/list_changed", "params": params})


def ask_client(method, params):
    """A request to the client, and what it answers."""
    send({"id": "ask", "method": method, "params": params})
    for line in sys.stdin:
        answer = json.loads(line)
        if answer.get("id") == "ask":
            return {key: answer[key] for key in ("result", "error") if key in answer}


def call(name, arguments, meta=None):
    if name == "look":
        return text("nothing to see")
    if name == "grow":
        tool("grown", True)
        tools_changed()
        return text("grown by one")
    if name == "write":
        with open(arguments["path"], "a", encoding="utf-8") as file:
            file.write("written\n")
        return text(f"wrote {arguments['path']}")
    if name == "picture":
        return {"content": [{"type": "text", "text": "a picture"}, {"type": "image", "data": PNG, "mimeType": "image/png"}]}
    if name == "flood":
        return text("".join(f"line {n}\n" for n in range(1, 20001)))
    if name == "fail":
        return text("it did not work", isError=True)
    if name == "crash":
        print("it is all over", file=sys.stderr, flush=True)
        os._exit(7)
    if name == "count":
        token = (meta or {}).get("progressToken")
        for done in (1, 2, 3):
            params = {"progressToken": token, "progress": done, "total": 4, "message": f"counting {done}"}
            send({"method": "notifications/progress", "params": params})
        # goes on once it was seen
        while not os.path.exists(arguments["until"]):
            signal.sigtimedwait([], 0.02)
        return text("counted")
    if name == "ask":
        form = {"message": "?", "mode": "form", "requestedSchema": {"type": "object", "properties": {}}}
        elicited = ask_client("elicitation/create", form)
        words = [{"role": "user", "content": {"type": "text", "text": "hi"}}]
        sampled = ask_client("sampling/createMessage", {"messages": words, "maxTokens": 9})
        return text(json.dumps([elicited, sampled]))
    return None


def answer(method, params):
    """The result of a request, or an error, or nothing at all."""
    global subscription
    if method == "initialize":
        if mode == "modern":
            return None, {"code": -32601, "message": "Method not found"}
        capabilities = {"tools": {"listChanged": True}}
        if mode == "resources":
            capabilities["resources"] = {}
        info = {"name": "scripted", "version": "1"}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": capabilities, "serverInfo": info}, None
    if method == "server/discover" and mode == "modern":
        return {
            "resultType": "complete",
            "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {"listChanged": True}},
            "ttlMs": 0,
            "cacheScope": "private",
        }, None
    if method == "tools/list":
        if mode == "endless":
            return {"tools": [], "nextCursor": "on"}, None
        at = int(params.get("cursor") or 0)
        page = {"tools": tools[at : at + 2]}
        if at + 2 < len(tools):
            page["nextCursor"] = str(at + 2)
        if mode == "modern":
            page |= {"resultType": "complete", "ttlMs": 60000, "cacheScope": "private"}
        return page, None
    if method == "tools/call":
        if params["name"] == "hang":
            return None, None
        result = call(params["name"], params.get("arguments") or {}, params.get("_meta"))
        if result is None:
            return None, {"code": -32602, "message": f"no tool {params['name']}"}
        if mode == "modern":
            result["resultType"] = "complete"
        return result, None
    if method == "resources/list" and mode == "resources":
        described = {"uri": "notes://one", "name": "one", "mimeType": "text/plain", "description": "The first note."}
        return {"resources": [described, {"uri": "notes://pixel", "name": "pixel", "mimeType": "image/png"}]}, None
    if method == "resources/templates/list" and mode == "resources":
        return {"resourceTemplates": [{"uriTemplate": "notes://{name}", "name": "note"}]}, None
    if method == "resources/read" and mode == "resources":
        uri = params["uri"]
        if uri == "notes://one":
            return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": "remember the milk"}]}, None
        if uri == "notes://pixel":
            return {"contents": [{"uri": uri, "mimeType": "image/png", "blob": PNG}]}, None
        return None, {"code": -32002, "message": f"there is no {uri}"}
    if method == "ping":
        return {}, None
    return None, {"code": -32601, "message": "Method not found"}


def serve():
    global subscription
    for line in sys.stdin:
        message = json.loads(line)
        method, params = message.get("method"), message.get("params") or {}
        if method == "notifications/cancelled" and "CANCELLED" in os.environ:
            with open(os.environ["CANCELLED"], "w", encoding="utf-8") as file:
                file.write(json.dumps(params))
        if "id" not in message or method is None:
            continue
        if method == "subscriptions/listen":
            subscription = message["id"]
            wanted = params["notifications"]
            params = {"notifications": wanted, "_meta": {SUBSCRIPTION: subscription}}
            send({"method": "notifications/subscriptions/acknowledged", "params": params})
            continue
        result, error = answer(method, params)
        if error is not None:
            send({"id": message["id"], "error": error})
        elif result is not None:
            send({"id": message["id"], "result": result})


if mode == "exit":
    print("no licence was found for key", os.environ.get("SOME_KEY"), file=sys.stderr)
    sys.exit(3)
if mode == "silent":
    for _ in sys.stdin:
        pass
    sys.exit(0)
if mode == "slow":
    # until the file named by GO is there
    while not os.path.exists(os.environ["GO"]):
        signal.sigtimedwait([], 0.02)
if mode == "garbage":
    print("This is a banner, not JSON.", flush=True)
    print('{"jsonrpc": "2.0", "method": "notifications/unheard_of"}', flush=True)
if mode == "scattered":
    # what it starts goes into sessions of its own, and its parent is soon gone
    command = "setsid sleep 1000 & setsid sh -c 'sleep 1000 & sleep 1000' & wait"
    for _ in range(2):
        subprocess.Popen(["setsid", "sh", "-c", command], start_new_session=True)
if mode == "stubborn":
    # neither the end of input nor SIGTERM ends it, and it is not alone
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "1000"])
    with open(os.environ["PIDS"], "w", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {child.pid}")

tool("look", True)
tool("write", path={"type": "string"})
tool("picture", True)
tool("flood", True)
tool("fail", True)
tool("crash")
tool("hang", True)
tool("ask", True)
tool("grow")
if mode == "counting":
    tool("count", until={"type": "string"})
if mode == "many":
    for number in range(400):
        tool(f"tool_{number:03}", True)
if mode == "huge":
    tool("huge", **{f"field_{number:05}": {"type": "string", "description": "x" * 80} for number in range(20_000)})
if mode == "markup":
    # a name and a description that would be a page, were they read as one
    tool("<b onclick=x>look</b>\u202e")
    tools[-1]["description"] = os.environ["DESCRIPTION"]
serve()
if mode == "stubborn":
    while True:
        signal.pause()

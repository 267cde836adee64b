# SPDX-License-Identifier: MIT
"""What the node `python` starts: a function or an object of the user's, called for each input."""
import linecache
import os
import sys
import types

_ANY_NUMBER = float("inf")


def _execute(name, path, text):
    """Runs a text as the module `name`."""
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(text, path, "exec"), module.__dict__)
    return module


def _add_folder(folder):
    """Has modules of a folder found: behind those of Python itself, so that a numbers.py of the
    user's is not what numpy imports, and in front of all that is installed."""
    places = [i for i, path in enumerate(sys.path)
              if "site-packages" in path or "dist-packages" in path]
    sys.path.insert(places[0] if places else len(sys.path), folder)


def _load_module(place):
    if not place.endswith(".py"):
        _add_folder(os.getcwd())
        __import__(place)
        return sys.modules[place]
    path = os.path.abspath(place)
    _add_folder(os.path.dirname(path))
    with open(path, "rb") as file:
        return _execute(os.path.basename(path)[:-3], path, file.read())


def _load(call, code):
    """Returns what "FILE.py:NAME" or "MODULE:NAME" names, or NAME in the text `code`."""
    if code:
        _add_folder(os.getcwd())
        # So that a traceback can show its lines.
        linecache.cache["<code>"] = len(code), None, code.splitlines(True), "<code>"
        place, name, module = "code", call, _execute("code", "<code>", code)
    else:
        place, _, name = call.partition(":")
        module = _load_module(place)
    found = module
    for part in (name or "process").split("."):
        if not hasattr(found, part):
            raise AttributeError("%s has no %s" % (place, name or "process"))
        found = getattr(found, part)
    return found


def _spread(node, result):
    """Lists (output, value) of what a function has returned."""
    if result is None:
        return
    if isinstance(result, list) or hasattr(result, "__next__"):
        for part in result:
            yield from _spread(node, part) if not isinstance(part, list) else [(None, part)]
    elif isinstance(result, dict) and result and all(key in node.ports for key in result):
        for name, value in result.items():
            if isinstance(value, list) and node.outputs[node.ports[name]]["type"] != "value":
                yield from ((name, part) for part in value if part is not None)
            elif value is not None:
                yield name, value
    else:
        yield None, result


def _answer(node, result, most):
    """Sends what a function has returned, `most` messages for each output at most, but for the last
    message, which it returns: the round ends with it."""
    message, counts = None, {}
    if result is None or not node.outputs:
        return None
    if not isinstance(result, (list, dict)) and not hasattr(result, "__next__"):
        return node.message(result)
    for to, value in _spread(node, result):
        if message is not None:
            node.send(message)
        counts[to] = counts.get(to, 0) + 1
        if counts[to] > most:
            raise ValueError("several messages for one input; for that, the node has to say splits: "
                             "true, and a list that is a value is returned as {%r: [...]}" % (
                                 to or node.outputs[0]["name"]))
        message = node.message(value, to)
    return message


class _Work:
    """A function, or an object with process() and maybe flush()."""

    def __init__(self, call, code, options):
        found = _load(call, code)
        if isinstance(found, type):
            found = found() if found.__init__ is object.__init__ else found(options)
        self.process = getattr(found, "process", found)
        self.flush = getattr(found, "flush", None)
        if not callable(self.process):
            raise TypeError("%s is no function and has no process()" % (call or "process"))


def _attempt(node, function, most):
    """Calls a function and answers with what it returns, or with its exception."""
    try:
        message = _answer(node, function(), most)
    except Exception as error:
        node.complain(error, False)
    except BaseException as error:
        node.complain(error, True)
        raise SystemExit(1)
    else:
        node.settle(message)


def _call(work, lists):
    """Has the inputs of a batch worked on. Returns a list with one result for each."""
    results, count = list(work.process(*lists)), len(lists[0])
    if len(results) != count:
        raise ValueError("%d inputs in a batch, but %d answers; return a list with one for each, "
                         "None to send nothing" % (count, len(results)))
    return results


def _answer_each(node, parts, most, function):
    """Answers the inputs of a batch in their turn, each by what function(part) returns. What is done
    with is let go of, so that no frame is kept for longer."""
    while parts:
        part = [parts.pop(0)]
        _attempt(node, lambda: function(part.pop()), most)
        if parts:
            node.next()


def _fail_each(node, error, count):
    """Tells of an exception with which all inputs of a batch are lost."""
    for number in range(count):
        if number:
            node.next()
        node.complain(error, False)


def _serve_batch(node, work, most, is_stateless):
    """Has the inputs that came together answered. What fails with several is tried with each alone,
    by which the one is found that it fails on, unless the function remembers what it was given."""
    lists = node.take_all()
    count = len(lists[0])
    try:
        results = _call(work, lists)
    except Exception as error:
        if isinstance(error, (TypeError, AttributeError)):
            print("with batch, process() gets a list of each input", file=sys.stderr)
        if count == 1 or not is_stateless:
            lists = None
            _fail_each(node, error, count)
            return
        print("%s: %s; each of these %d inputs is tried alone" % (
            type(error).__name__, error, count), file=sys.stderr)
        sets = [[[value] for value in values] for values in zip(*lists)]
        lists = None
        _answer_each(node, sets, most, lambda alone: _call(work, alone)[0])
    else:
        lists = None
        _answer_each(node, results, most, lambda result: result)


def serve(node, call, code, splits, stateless, batches):
    """Does the work of a node to its end."""
    try:
        work = _Work(call, code, node.options)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError):
            print("this is %s; the option python names another interpreter" % sys.executable,
                  file=sys.stderr)
        node.complain(error, True)
        raise SystemExit(1)
    node.ready()
    most = _ANY_NUMBER if splits else 1
    while node.next():
        if batches:
            _serve_batch(node, work, most, stateless)
        else:
            _attempt(node, lambda: work.process(*node.take()), most)
    if work.flush and node.is_flushing:
        _attempt(node, lambda: work.flush(), _ANY_NUMBER)


def main():
    """Is started as: -c ... FOLDER CALL CODE SPLITS STATELESS BATCHES."""
    import vflow
    serve(vflow.node(), *sys.argv[2:7])

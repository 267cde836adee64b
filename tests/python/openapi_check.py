# SPDX-License-Identifier: MIT
"""Checks the description of a run's interface, engine/web/page/openapi.json (OpenAPI 3.1).

    openapi_check.py document FILE ROUTES   whether it is sound, and has the routes of routes.c
    openapi_check.py answers FILE URL       asks a run for whatever can be had without further ado, and
                                            checks what it answers by the schemas; prints the paths

Where the package openapi-spec-validator is there, it checks the document as well.
"""
import json
import re
import sys
import urllib.error
import urllib.request

import jsonschema

METHODS = {"get", "post"}


def walk(value):
    yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(below)


def resolve(document, reference):
    assert reference.startswith("#/"), reference
    found = document
    for part in reference[2:].split("/"):
        found = found[part]
    return found


def followed(document, value):
    return resolve(document, value["$ref"]) if "$ref" in value else value


def check_operation(document, path, operation):
    assert operation["summary"] and operation["responses"], path
    named = set(re.findall(r"{(\w+)}", path))
    given = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
    assert named == given, path
    for status, response in operation["responses"].items():
        response = followed(document, response)
        assert re.fullmatch("[1-5][0-9][0-9]", status) and response["description"], path
        assert response["content"], path


def check_document(path, routes):
    document = json.load(open(path))
    assert document["openapi"].startswith("3.1.") and document["info"]["title"]
    for value in walk(document):
        if isinstance(value, dict) and "$ref" in value:
            resolve(document, value["$ref"])
        if isinstance(value, dict) and "schema" in value:
            jsonschema.Draft202012Validator.check_schema(value["schema"])
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert set(schema.get("required", [])) <= set(schema.get("properties", {})), name
    described = set()
    for place, operations in document["paths"].items():
        assert set(operations) <= METHODS, place
        for method, operation in operations.items():
            check_operation(document, place, operation)
            described.add((method.upper(), re.sub(r"{\w+}", "*", place)))
    served = set(re.findall(r'^    {"(\w+)", "([^"]*)", VF_WEB_', open(routes).read(), re.M))
    served -= {("GET", "/*")}  # the other files of the page
    assert described == served, described ^ served
    try:
        import openapi_spec_validator
    except ImportError:
        return
    openapi_spec_validator.validate(document)


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def check_answers(path, url):
    document = json.load(open(path))
    flow = json.loads(ask(url + "api/v1/flow")[2])
    task = flow["tasks"][0]["name"]
    edge = str(next(edge["id"] for edge in flow["edges"] if edge["picture"]))
    for place, operations in document["paths"].items():
        operation = operations.get("get")
        if not operation or place.endswith((".mjpeg", "/events")):
            continue
        status, kind, body = ask(url + place[1:].replace("{task}", task).replace("{edge}", edge))
        response = followed(document, operation["responses"][str(status)])
        schema = response["content"][kind]["schema"]
        if kind == "application/json":
            jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(
                json.loads(body))
        print(status, place)
    for place in ("api/v1/nothing", "edges/99.jpg", "edges/nobody.jpg"):
        status, kind, body = ask(url + place)
        assert status == 404 and kind == "application/json", (place, status)
        schema = document["components"]["schemas"]["Error"]
        jsonschema.validate(json.loads(body), schema)


if __name__ == "__main__":
    {"document": check_document, "answers": check_answers}[sys.argv[1]](*sys.argv[2:])

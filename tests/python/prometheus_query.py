# SPDX-License-Identifier: MIT
"""prometheus_query.py URL QUERY VALUE - passes when the one answer of Prometheus to QUERY is VALUE."""
import json
import sys
import urllib.parse
import urllib.request

url, query, wanted = sys.argv[1:]
where = url + "/api/v1/query?" + urllib.parse.urlencode({"query": query})
try:
    answer = json.load(urllib.request.urlopen(where, timeout=30))
except OSError as error:
    sys.exit(str(error))
values = [float(result["value"][1]) for result in answer["data"]["result"]]
print(query, values)
sys.exit(values != [float(wanted)])

"""The floor: the leanest honest server of the same answers, from the same tables, under the same gunicorn.

Bare WSGI, psycopg, set-based SQL, orjson; no framework, no checks beyond the key. It is what the hub is measured
against, never a part of it.
"""

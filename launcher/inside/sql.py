"""Run SQL statements read from standard input as JSON; print the rows as JSON.

Runs in the virtual environment, because the launcher itself has no PostgreSQL driver.
"""

import json
import sys

import psycopg2


def main() -> int:
    """Run ``{"dsn": {…}, "statements": [[sql, parameters], …]}``, each committed."""
    request = json.load(sys.stdin)
    try:
        connection = psycopg2.connect(connect_timeout=10, **request["dsn"])
        connection.autocommit = True
        answers = []
        with connection.cursor() as cursor:
            for statement, parameters in request["statements"]:
                cursor.execute(statement, parameters or None)
                answers.append(cursor.fetchall() if cursor.description else [])
    except psycopg2.Error as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    json.dump(answers, sys.stdout, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A PostgreSQL server of one's own."""

import pwd
import subprocess
from pathlib import Path
from urllib.parse import quote


class PostgresServer:
    """A cluster in a temporary folder, reached by a socket in it; nobody else sees it."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self.folder = folder
        self._programs = programs
        self._user = user
        self._databases = 0
        self._run("initdb", "-U", "emopoi", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        # Without fsync: what a power cut would lose is not the question of any test here.
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=250"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", f"{settings} -c fsync=off", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def new_database(self) -> str:
        """URL of an empty database."""
        import psycopg

        self._databases += 1
        name = f"feedback{self._databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://emopoi@/{name}?host={quote(str(self.folder), safe='')}"

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *words]
        rights = {} if self._user is None else {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid}
        # Output goes to a file: a server that inherits a pipe keeps it open for ever.
        with (self.folder / "output").open("a+", encoding="utf-8") as output:
            done = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **rights
            )
            output.seek(0)
            assert done.returncode == 0, f"{program}: {output.read()}"

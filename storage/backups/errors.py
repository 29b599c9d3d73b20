"""The one error of backups that says what a person has to do."""


class BackupRefusedError(Exception):
    """A backup cannot be made, read or restored. `str()` is one sentence that says what to do next."""

"""How people prove who they are: second factors, sessions, passwords that were forgotten."""

"""Tables, migrations, writer and queries: the only place that opens a session."""

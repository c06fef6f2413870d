"""PostgreSQL: who acts, one transaction a verb, migrations, outbox, the embedded server. Only this folder commits."""

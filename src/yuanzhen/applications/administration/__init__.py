"""Running the system: houses, people, clients and peers, entered by set-up and the system's officer."""

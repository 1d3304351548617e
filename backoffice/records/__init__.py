"""What the house remembers about its own work: the audit trail now, more with time. Imports foundation only."""

"""The calendar: who is on duty, who is not there, which times can be booked, and what is booked."""

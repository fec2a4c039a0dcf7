"""The mock on a socket: server, connection, player, journal, control. It decides nothing about content."""

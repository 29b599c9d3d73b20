"""Hosts: what is known of them, and which one could be taken for another."""

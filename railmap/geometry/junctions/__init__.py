"""Switches and crossings in place of the places where a skeleton forks."""

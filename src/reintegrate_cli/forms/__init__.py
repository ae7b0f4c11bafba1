"""What commands read: a form for each verb that takes fields.

Forms stand apart from the records, so that a command that only reads loads none of them.
"""

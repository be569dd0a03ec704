"""The risk score: how likely a portfolio is to drift over its band soon, learned, explained and held against what is
simple.

Features and labels are SQL (models/ml); here are the models, the contest between them, and the file of the one in use.
"""

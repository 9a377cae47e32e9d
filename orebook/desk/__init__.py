"""The planner's desk: a plan's inputs and cases as workbooks, out and in again."""

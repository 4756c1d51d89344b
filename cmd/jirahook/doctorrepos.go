package main

import "context"

func (e *examination) repositories(ctx context.Context) []finding { return nil }

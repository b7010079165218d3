package main

import (
	"context"
	"os"
	"time"

	"tonghu/story"
)

type storyCommand struct {
	URL    string        `env:"TONGHU_URL" default:"http://127.0.0.1:8365" help:"The instance, under the drill policy."`
	Within time.Duration `default:"10m" help:"The longest that the story may take."`
}

func (s storyCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Within)
	defer cancel()
	return story.Tell(ctx, story.Options{URL: s.URL, Out: os.Stdout})
}

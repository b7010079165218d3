package notify_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tonghu/notify"
)

var noStore = notify.WithInbox(inboxFunc(func(context.Context, notify.Message) error { return nil }))

func TestParseConfigYAMLAndJSON(t *testing.T) {
	want := notify.Config{ConsoleURL: console, Channels: []notify.ChannelConfig{
		{Kind: notify.KindInbox},
		{
			Kind: notify.KindEmail, BaseURL: "smtps://mail.example.gov.cn", From: "tonghu@example.gov.cn",
			Username: "tonghu", Secret: notify.SecretRef{File: "/run/secrets/smtp"},
		},
		{Kind: notify.KindWeCom, Name: "wecom-north", BaseURL: "https://qyapi.weixin.qq.com", Token: notify.SecretRef{Env: "WECOM_KEY"}},
	}}
	got, err := notify.ParseConfig(strings.NewReader(`
console_url: https://tonghu.example.gov.cn/
channels:
  - kind: inbox
  - kind: email
    base_url: smtps://mail.example.gov.cn
    from: tonghu@example.gov.cn
    username: tonghu
    secret: {file: /run/secrets/smtp}
  - kind: wecom
    name: wecom-north
    base_url: https://qyapi.weixin.qq.com
    token: {env: WECOM_KEY}
`))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, map[string]notify.Kind{
		"inbox": notify.KindInbox, "email": notify.KindEmail, "wecom-north": notify.KindWeCom,
	}, got.Kinds())

	asJSON, err := json.Marshal(want)
	require.NoError(t, err)
	got, err = notify.ParseConfig(strings.NewReader(string(asJSON)))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestParseConfigRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"InlineSecret":  "channels:\n  - kind: sms\n    secret: " + whsec,
		"UnknownField":  "channels:\n  - kind: sms\n    password: " + smtpSecret,
		"WrongType":     "channels: " + smtpSecret,
		"NotYAML":       "{{" + smtpSecret,
		"TwoDocuments":  "console_url: a\n---\nconsole_url: " + smtpSecret,
		"InlineAndFile": "channels:\n  - kind: sms\n    secret: {file: a, value: " + smtpSecret + "}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := notify.ParseConfig(strings.NewReader(text))
			var e *notify.ConfigError
			require.ErrorAs(t, err, &e)
			require.NotContains(t, err.Error(), smtpSecret)
			require.NotContains(t, err.Error(), whsec)
		})
	}
}

func TestBuildEveryKind(t *testing.T) {
	t.Setenv("TONGHU_TEST_WHSEC", whsec)
	sms := configure(t, notify.KindSMS, "https://gw.example.gov.cn/sms")
	sms.Secret = notify.SecretRef{Env: "TONGHU_TEST_WHSEC"}
	north := configure(t, notify.KindWeCom, "https://qyapi.weixin.qq.com")
	north.Name = "wecom-north"
	channels, err := notify.Build(notify.Config{ConsoleURL: console, Channels: []notify.ChannelConfig{
		configure(t, notify.KindInbox, ""),
		configure(t, notify.KindEmail, "smtps://mail.example.gov.cn"),
		configure(t, notify.KindWeCom, "https://qyapi.weixin.qq.com"),
		north,
		configure(t, notify.KindDingTalk, "https://oapi.dingtalk.com"),
		configure(t, notify.KindFeishu, "https://open.feishu.cn"),
		configure(t, notify.KindWebhook, "https://hooks.example.gov.cn/in"),
		sms,
		configure(t, notify.KindVoice, "http://[::1]:9/call"),
	}}, noStore)
	require.NoError(t, err)
	var names []string
	for _, ch := range channels {
		names = append(names, ch.Name())
	}
	require.Equal(t, []string{"inbox", "email", "wecom", "wecom-north", "dingtalk", "feishu", "webhook", "sms", "voice"}, names)
}

func TestBuildRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	type change = func(*notify.ChannelConfig)
	for name, tc := range map[string]struct {
		kind   notify.Kind
		change change
		path   string
	}{
		"UnknownKind":         {"telegram", func(*notify.ChannelConfig) {}, "channels[0].kind"},
		"NoKind":              {"", func(*notify.ChannelConfig) {}, "channels[0].kind"},
		"BadName":             {notify.KindSMS, func(c *notify.ChannelConfig) { c.Name = "SMS 1" }, "channels[0].name"},
		"NoBaseURL":           {notify.KindSMS, func(c *notify.ChannelConfig) { c.BaseURL = "" }, "channels[0].base_url"},
		"RelativeBaseURL":     {notify.KindSMS, func(c *notify.ChannelConfig) { c.BaseURL = "/sms" }, "channels[0].base_url"},
		"PlainHTTP":           {notify.KindSMS, func(c *notify.ChannelConfig) { c.BaseURL = "http://gw.example.gov.cn" }, "channels[0].base_url"},
		"LoopbackLookalike":   {notify.KindSMS, func(c *notify.ChannelConfig) { c.BaseURL = "http://127.0.0.1.example.cn" }, "channels[0].base_url"},
		"TokenInBaseURL":      {notify.KindWeCom, func(c *notify.ChannelConfig) { c.BaseURL += "/send?key=" + robotToken }, "channels[0].base_url"},
		"UserInBaseURL":       {notify.KindWebhook, func(c *notify.ChannelConfig) { c.BaseURL = "https://u:" + smtpSecret + "@h.cn" }, "channels[0].base_url"},
		"NoToken":             {notify.KindFeishu, func(c *notify.ChannelConfig) { c.Token = notify.SecretRef{} }, "channels[0].token"},
		"WholeURLAsToken":     {notify.KindFeishu, func(c *notify.ChannelConfig) { c.Token = secretFile(t, "https://x/"+robotToken) }, "channels[0].token"},
		"NoSecret":            {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret = notify.SecretRef{} }, "channels[0].secret"},
		"FileAndEnv":          {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret.Env = "X" }, "channels[0].secret"},
		"MissingFile":         {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret.File += "-gone" }, "channels[0].secret"},
		"EmptyFile":           {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret.File = empty }, "channels[0].secret"},
		"HugeFile":            {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret = secretFile(t, strings.Repeat("x", 5000)) }, "channels[0].secret"},
		"TwoLines":            {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret = secretFile(t, "a\n"+smtpSecret) }, "channels[0].secret"},
		"UnsetVariable":       {notify.KindDingTalk, func(c *notify.ChannelConfig) { c.Secret = notify.SecretRef{Env: "TONGHU_TEST_UNSET"} }, "channels[0].secret"},
		"WeakSigningKey":      {notify.KindWebhook, func(c *notify.ChannelConfig) { c.Secret = secretFile(t, "whsec_c2hvcnQ=") }, "channels[0].secret"},
		"NotWhsec":            {notify.KindVoice, func(c *notify.ChannelConfig) { c.Secret = secretFile(t, whsec[6:]) }, "channels[0].secret"},
		"WeComSigned":         {notify.KindWeCom, func(c *notify.ChannelConfig) { c.Secret = secretFile(t, chatSecret) }, "channels[0].secret"},
		"SMSWithToken":        {notify.KindSMS, func(c *notify.ChannelConfig) { c.Token = secretFile(t, robotToken) }, "channels[0].token"},
		"SMSWithFrom":         {notify.KindSMS, func(c *notify.ChannelConfig) { c.From = "a@b.cn" }, "channels[0].from"},
		"LongTimeout":         {notify.KindSMS, func(c *notify.ChannelConfig) { c.TimeoutSeconds = 61 }, "channels[0].timeout_seconds"},
		"NegativeRate":        {notify.KindSMS, func(c *notify.ChannelConfig) { c.PerMinute = -1 }, "channels[0].per_minute"},
		"NoCAFile":            {notify.KindSMS, func(c *notify.ChannelConfig) { c.CAFile = empty + "-gone" }, "channels[0].ca_file"},
		"EmptyCAFile":         {notify.KindSMS, func(c *notify.ChannelConfig) { c.CAFile = empty }, "channels[0].ca_file"},
		"EmailScheme":         {notify.KindEmail, func(c *notify.ChannelConfig) { c.BaseURL = "https://mail.example.gov.cn" }, "channels[0].base_url"},
		"EmailPlainFar":       {notify.KindEmail, func(c *notify.ChannelConfig) { c.BaseURL = "smtp+plain://mail.example.gov.cn" }, "channels[0].base_url"},
		"EmailPath":           {notify.KindEmail, func(c *notify.ChannelConfig) { c.BaseURL = "smtps://mail.example.gov.cn/x" }, "channels[0].base_url"},
		"EmailFrom":           {notify.KindEmail, func(c *notify.ChannelConfig) { c.From = "童护 <a@b.cn>" }, "channels[0].from"},
		"EmailUserNoPassword": {notify.KindEmail, func(c *notify.ChannelConfig) { c.Secret = notify.SecretRef{} }, "channels[0].secret"},
		"InboxWithURL":        {notify.KindInbox, func(c *notify.ChannelConfig) { c.BaseURL = "https://x.cn" }, "channels[0].base_url"},
	} {
		t.Run(name, func(t *testing.T) {
			base := "https://gw.example.gov.cn"
			if tc.kind == notify.KindEmail {
				base = "smtps://mail.example.gov.cn"
			}
			c := configure(t, tc.kind, base)
			if tc.kind == "telegram" || tc.kind == "" {
				c.Name = "x"
			}
			tc.change(&c)
			channels, err := notify.Build(notify.Config{ConsoleURL: console, Channels: []notify.ChannelConfig{c}}, noStore)
			require.Nil(t, channels)
			var e *notify.ConfigError
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.path, e.Path)
			for _, canary := range []string{robotToken, chatSecret, whsec, whsec[6:], smtpSecret} {
				require.NotContains(t, err.Error(), canary)
			}
		})
	}
}

func TestBuildNamesEveryProblem(t *testing.T) {
	sms := configure(t, notify.KindSMS, "http://gw.example.gov.cn")
	_, err := notify.Build(notify.Config{
		ConsoleURL: console + "?x=1",
		Channels:   []notify.ChannelConfig{{Kind: notify.KindInbox}, sms, sms},
	})
	require.ErrorContains(t, err, "console_url")
	require.ErrorContains(t, err, "channels[0].kind inbox needs a store")
	require.ErrorContains(t, err, "channels[1].base_url")
	require.ErrorContains(t, err, "channels[2].name is taken")

	_, err = notify.Build(notify.Config{ConsoleURL: console})
	require.ErrorContains(t, err, "channels must name")
}

func TestMessageInALogShowsNoAddress(t *testing.T) {
	b, err := json.Marshal(message())
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"`+msgID+`","recipient":{"person":"p-7f3a"},"urgency":"normal","count":3,"url":"`+console+`"}`, string(b))
}

// Package e2e tests the whole product from outside: the standalone binary is
// started, spoken to over HTTP, killed, and looked at again. Build tag e2e;
// TONGHU_BIN names bin/tonghu-standalone, TONGHU_CLI bin/tonghu.
package e2e

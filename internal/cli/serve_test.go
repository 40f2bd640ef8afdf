package cli_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/cli"
)

// firstLink starts a server on a data directory and gives the link it prints
// for the first administrator; stop ends the server.
func firstLink(t *testing.T, data string) (link string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	logs, logged := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := cli.Run(ctx, cli.Process{
			Args:   []string{"serve", "--data", data, "--listen", "127.0.0.1:0"},
			Lookup: func(string) (string, bool) { return "", false }, Stdin: strings.NewReader(""), Stdout: in, Stderr: logged,
		})
		_ = in.Close()
		_ = logged.Close()
		ended <- code
	}()
	serving := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(logs)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "/patients/welcome") {
				t.Errorf("the log holds the link: %s", lines.Text())
			}
			if strings.Contains(lines.Text(), "msg=serving") {
				close(serving)
			}
		}
	}()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if i := strings.Index(lines.Text(), "http"); i >= 0 {
				found <- lines.Text()[i:]
			}
		}
	}()
	stop = func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("the server ended with %d", code)
		}
	}
	<-serving
	return <-found, stop
}

// While there is no administrator, each start prints a link that makes the
// first one; the link leads to the page and its token works.
func TestServePrintsTheFirstLink(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	link, stop := firstLink(t, data)
	u, err := url.Parse(link)
	if err != nil || u.Path != "/patients/welcome" || len(u.Fragment) != 43 || !strings.HasPrefix(u.Host, "127.0.0.1:") || strings.HasSuffix(u.Host, ":0") {
		t.Fatalf("link %q, %v", link, err)
	}
	body := `{"token":"` + u.Fragment + `","name":"Ana Moreau","username":"ana","password":"three ferries at dawn"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+u.Host+"/api/session/first", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
		t.Errorf("the link's use: %d %s, %v, cookies %v", res.StatusCode, text, err, res.Cookies())
	}
	transport.CloseIdleConnections()
	stop()
	code, out, errOut := run(t, "person", "list", "--data", data)
	if code != 0 || !strings.Contains(out, "Ana Moreau") {
		t.Errorf("person list: %d %s %s", code, out, errOut)
	}
}

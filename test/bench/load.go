package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A result is what one load run measured.
type result struct {
	perSecond     float64
	p50, p99      time.Duration
	requests      int
	bytesPerReply int
	cpu           time.Duration // of the server, for each request
}

// A conn is one keep-alive HTTP/1.1 connection. It knows just enough HTTP to
// ask and to read an answer with a Content-Length, so that the generator takes
// little of the machine it shares with the server.
type conn struct {
	c   net.Conn
	r   *bufio.Reader
	buf []byte
}

func dial(ctx context.Context, addr string) (*conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c: c, r: bufio.NewReaderSize(c, 64<<10), buf: make([]byte, 0, 64<<10)}, nil
}

// do sends a request and reads the answer; the body is valid until the next
// call.
func (c *conn) do(request []byte) (status int, body []byte, err error) {
	if err := c.c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return 0, nil, err
	}
	if _, err := c.c.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, nil, fmt.Errorf("reading the status line: %w", err)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length := -1
	for {
		line, err = c.r.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(v)); err != nil {
				return 0, nil, err
			}
		}
	}
	if length < 0 {
		return 0, nil, errors.New("an answer without Content-Length")
	}
	c.buf = slices.Grow(c.buf[:0], length)[:length]
	_, err = io.ReadFull(c.r, c.buf)
	return status, c.buf, err
}

// A step does the work of one measured operation on a connection: i counts up
// over all connections. It returns the size of the answer.
type step func(c *conn, i int) (int, error)

// load runs step on connections until the time is up.
func load(ctx context.Context, addr string, connections int, d time.Duration, s step) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, d+time.Minute)
	defer cancel()
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		all   []time.Duration
		fail  error
		size  int
		start = time.Now()
	)
	for n := range connections {
		c, err := dial(ctx, addr)
		if err != nil {
			return result{}, err
		}
		wg.Go(func() {
			defer func() { _ = c.c.Close() }()
			var took []time.Duration
			var last int
			var err error
			for i := n; time.Since(start) < d; i += connections {
				t := time.Now()
				if last, err = s(c, i); err != nil {
					break
				}
				took = append(took, time.Since(t))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			size = last
			if err != nil {
				fail = err
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if fail != nil {
		return result{}, fail
	}
	if len(all) == 0 {
		return result{}, errors.New("no request was answered in time")
	}
	slices.Sort(all)
	return result{
		perSecond: float64(len(all)) / elapsed.Seconds(), requests: len(all), bytesPerReply: size,
		p50: all[len(all)/2], p99: all[len(all)*99/100],
	}, nil
}

// get is the step that asks the targets in a scrambled order.
func get(host string, header string, targets []string) step {
	requests := make([][]byte, len(targets))
	for i, t := range targets {
		requests[i] = []byte("GET " + t + " HTTP/1.1\r\nHost: " + host + "\r\n" + header + "\r\n")
	}
	return func(c *conn, i int) (int, error) {
		status, body, err := c.do(requests[scramble(i)%len(requests)])
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %.300s", status, body)
		}
		return len(body), err
	}
}

// post is the step that sends one body again and again.
func post(host, target, header, body string) step {
	req := postBytes(host, target, header, body)
	return func(c *conn, _ int) (int, error) {
		status, answer, err := c.do(req)
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %.300s", status, answer)
		}
		return len(answer), err
	}
}

func postBytes(host, target, header, body string) []byte {
	return []byte("POST " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + header + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// scramble spreads consecutive numbers (a Weyl sequence).
func scramble(i int) int { return int((uint64(i) * 0x9E3779B97F4A7C15) >> 33) }

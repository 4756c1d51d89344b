package jiratest

import (
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// port holds a TCP port on an IPv4 address by a socket that is bound but does not
// listen. So nobody else gets the port while Jira is down, and a connection to
// it is refused (Linux lets another socket listen beside it because both have
// SO_REUSEADDR, see socket(7)).
type port struct {
	fd   int
	addr string // host:port
}

func reserve(addr string) (*port, error) {
	tcp, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	p := &port{fd: fd}
	if err := p.bind(tcp); err != nil {
		p.release()
		return nil, fmt.Errorf("bind %s: %w", addr, err)
	}
	return p, nil
}

func (p *port) bind(tcp *net.TCPAddr) error {
	if err := syscall.SetsockoptInt(p.fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return err
	}
	sa := &syscall.SockaddrInet4{Port: tcp.Port}
	copy(sa.Addr[:], tcp.IP.To4())
	if err := syscall.Bind(p.fd, sa); err != nil {
		return err
	}
	name, err := syscall.Getsockname(p.fd)
	if err != nil {
		return err
	}
	bound := name.(*syscall.SockaddrInet4)
	p.addr = net.JoinHostPort(net.IP(bound.Addr[:]).String(), strconv.Itoa(bound.Port))
	return nil
}

func (p *port) release() { syscall.Close(p.fd) }

package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// serviceManager is told how the worker is (sd_notify(3), systemd's Type=notify);
// where there is none, nobody is.
type serviceManager struct {
	log   *slog.Logger
	every time.Duration // between two signs of life; 0: nobody waits for them
	last  time.Time
}

func newServiceManager(log *slog.Logger) *serviceManager {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog", "error", err)
	}
	return &serviceManager{log: log, every: limit / 2}
}

func (m *serviceManager) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.log.Warn("tell systemd", "error", err)
	}
}

func (m *serviceManager) ready()              { m.tell(daemon.SdNotifyReady) }
func (m *serviceManager) stopping()           { m.tell(daemon.SdNotifyStopping) }
func (m *serviceManager) status(words string) { m.tell("STATUS=" + words) }

// reloading must be followed by ready. Type=notify-reload wants the time, too.
func (m *serviceManager) reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		m.log.Warn("tell systemd", "error", err)
		return
	}
	m.tell(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
}

// alive is called by the loop that must not hang, each time it comes round; by
// nothing else, so that a worker that hangs is ended.
func (m *serviceManager) alive() {
	if m.every > 0 && time.Since(m.last) >= m.every/2 {
		m.last = time.Now()
		m.tell(daemon.SdNotifyWatchdog)
	}
}

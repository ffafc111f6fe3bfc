package awstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Queue describes a standard queue.
type Queue struct {
	Name string
	// Visibility is how long a received message stays hidden; 0 means 30 s.
	Visibility time.Duration
	// MaxReceive is how often a message is received before it goes to DeadLetter;
	// 0 is no bound.
	MaxReceive int
	// DeadLetter is the name of another queue.
	DeadLetter string
}

// Message is one message of a queue.
type Message struct {
	ID   string
	Body string
	// Attributes are the message attributes of type String.
	Attributes map[string]string
	// Receipt is the handle of the last receive; "" if there was none.
	Receipt string
	// Received is how often it was received.
	Received int
	SentAt   time.Time
	// FirstReceivedAt is zero before the first receive.
	FirstReceivedAt time.Time
	// VisibleAt is when it may be received (again), by this machine's clock.
	VisibleAt time.Time
	// DeadLetteredFrom is the queue a redrive policy took the message from.
	DeadLetteredFrom string
}

type queue struct {
	Queue
	messages []*Message
	deleted  int
}

// CreateQueue makes a queue and returns its URL. A queue of that name stays.
func (s *Server) CreateQueue(q Queue) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[q.Name] == nil {
		if q.Visibility == 0 {
			q.Visibility = 30 * time.Second
		}
		s.queues[q.Name] = &queue{Queue: q}
	}
	return s.QueueURL(q.Name)
}

// QueueURL is the address of the queue of that name.
func (s *Server) QueueURL(name string) string { return s.URL + "/" + Account + "/" + name }

// Send puts a message into a queue, for what stands outside of AWS's clients.
func (s *Server) Send(queue, body string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[queue]
	if q == nil {
		return noQueue(queue)
	}
	s.enqueue(q, body, nil, 0)
	return nil
}

// QueueARN is the ARN of the queue of that name.
func QueueARN(name string) string {
	return "arn:aws:sqs:" + Region + ":" + Account + ":" + name
}

// sendTo puts a message into the queue of that ARN.
func (s *Server) sendTo(queueARN, body string) error {
	return s.Send(strings.TrimPrefix(queueARN, QueueARN("")), body)
}

// Receive takes up to n messages as ReceiveMessage does. What was received too
// often goes to the dead-letter queue instead.
func (s *Server) Receive(queue string, n int) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.queues[queue]; q != nil {
		return s.receive(q, n, q.Visibility)
	}
	return nil
}

// Delete deletes messages by their receipts. A receipt that is not the last of
// its message deletes nothing, silently, as in SQS. It returns how many went.
func (s *Server) Delete(queue string, receipts ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[queue]
	n := 0
	for _, receipt := range receipts {
		if q != nil && q.remove(receipt) {
			n++
		}
	}
	return n
}

// Messages returns what a queue holds, hidden or not, in order of arrival.
func (s *Server) Messages(queue string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[queue]
	if q == nil {
		return nil
	}
	var held []Message
	for _, m := range q.messages {
		if m != nil {
			held = append(held, *m)
		}
	}
	return held
}

// Depth returns how many messages queues hold together at one moment, hidden or not.
func (s *Server) Depth(queues ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	depth := 0
	for _, name := range queues {
		if q := s.queues[name]; q != nil {
			depth += len(q.messages) - q.deleted
		}
	}
	return depth
}

// QueueNames returns the queues there are, sorted.
func (s *Server) QueueNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.queues))
}

// The methods below are called with the lock held.

func (s *Server) hide(d time.Duration) time.Time {
	return time.Now().Add(time.Duration(float64(d) / s.speed))
}

func (s *Server) enqueue(q *queue, body string, attributes map[string]string, delay time.Duration) *Message {
	m := &Message{ID: s.nextID(), Body: body, Attributes: attributes, SentAt: time.Now(), VisibleAt: s.hide(delay)}
	q.messages = append(q.messages, m)
	return m
}

func (s *Server) receive(q *queue, n int, visibility time.Duration) []Message {
	var taken []Message
	now := time.Now()
	first := 0
	if s.disorder != nil && len(q.messages) > 0 {
		first = s.disorder.IntN(len(q.messages))
	}
	for k := range q.messages {
		if len(taken) == n {
			break
		}
		i := (first + k) % len(q.messages)
		m := q.messages[i]
		if m == nil || m.VisibleAt.After(now) {
			continue
		}
		if dlq := s.queues[q.DeadLetter]; dlq != nil && q.MaxReceive > 0 && m.Received >= q.MaxReceive {
			q.drop(i)
			m.Receipt, m.DeadLetteredFrom = "", q.Name
			dlq.messages = append(dlq.messages, m)
			continue
		}
		m.Received++
		m.Receipt = m.ID + "#" + strconv.Itoa(m.Received)
		m.VisibleAt = s.hide(visibility)
		if m.FirstReceivedAt.IsZero() {
			m.FirstReceivedAt = now
		}
		taken = append(taken, *m)
	}
	q.compact()
	return taken
}

func (q *queue) find(receipt string) int {
	return slices.IndexFunc(q.messages, func(m *Message) bool { return m != nil && m.Receipt == receipt })
}

func (q *queue) remove(receipt string) bool {
	i := q.find(receipt)
	if receipt == "" || i < 0 {
		return false
	}
	q.drop(i)
	return true
}

func (q *queue) drop(i int) {
	q.messages[i] = nil
	q.deleted++
}

func (q *queue) compact() {
	if q.deleted > 64 && q.deleted > len(q.messages)/2 {
		q.messages = slices.DeleteFunc(q.messages, func(m *Message) bool { return m == nil })
		q.deleted = 0
	}
}

func noQueue(name string) error {
	return refuse("com.amazonaws.sqs#QueueDoesNotExist", "The specified queue %s does not exist.", name)
}

func (s *Server) queue(url string) (*queue, error) {
	name, ok := strings.CutPrefix(url, s.URL+"/"+Account+"/")
	q := s.queues[name]
	if !ok || q == nil {
		return nil, noQueue(url)
	}
	return q, nil
}

// SystemAttributes are the attributes SQS adds to a received message.
func (m Message) SystemAttributes() map[string]string {
	attributes := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.Received),
		"SentTimestamp":                    strconv.FormatInt(m.SentAt.UnixMilli(), 10),
		"SenderId":                         "AROAEXAMPLE:signalbox",
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceivedAt.UnixMilli(), 10),
	}
	if m.DeadLetteredFrom != "" {
		attributes["DeadLetterQueueSourceArn"] = QueueARN(m.DeadLetteredFrom)
	}
	return attributes
}

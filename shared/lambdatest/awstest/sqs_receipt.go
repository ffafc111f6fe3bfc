package awstest

import (
	"errors"
	"strings"
	"time"
)

type receiptEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout *int
}

type receiptReply struct {
	ID string `json:"Id"`
}

func (s *Server) deleteMessage(in struct {
	QueueURL      string `json:"QueueUrl"`
	ReceiptHandle string
}) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(in.QueueURL)
	if err == nil {
		q.remove(in.ReceiptHandle)
	}
	return struct{}{}, err
}

func (s *Server) changeMessageVisibility(in struct {
	QueueURL          string `json:"QueueUrl"`
	ReceiptHandle     string
	VisibilityTimeout *int
}) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(in.QueueURL)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, s.change(q, receiptEntry{ReceiptHandle: in.ReceiptHandle, VisibilityTimeout: in.VisibilityTimeout})
}

func (s *Server) change(q *queue, e receiptEntry) error {
	if e.VisibilityTimeout == nil {
		return refuse("MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	d := time.Duration(*e.VisibilityTimeout) * time.Second
	if d < 0 || d > maxVisibility {
		return refuse("InvalidParameterValue", "Value %d for parameter VisibilityTimeout is invalid.", *e.VisibilityTimeout)
	}
	i := q.find(e.ReceiptHandle)
	if i < 0 || e.ReceiptHandle == "" {
		return refuse("com.amazonaws.sqs#ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	if !q.messages[i].VisibleAt.After(time.Now()) {
		return refuse("com.amazonaws.sqs#MessageNotInflight", "The message is not in flight.")
	}
	q.messages[i].VisibleAt = s.hide(d)
	return nil
}

type receiptBatch struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []receiptEntry
}

func (s *Server) deleteMessageBatch(entry func(int) string) func(receiptBatch) (batchReply[receiptReply], error) {
	return s.receipts(entry, func(q *queue, e receiptEntry) error {
		q.remove(e.ReceiptHandle)
		return nil
	})
}

func (s *Server) changeMessageVisibilityBatch(entry func(int) string) func(receiptBatch) (batchReply[receiptReply], error) {
	return s.receipts(entry, s.change)
}

func (s *Server) receipts(entry func(int) string, each func(*queue, receiptEntry) error) func(receiptBatch) (batchReply[receiptReply], error) {
	return func(in receiptBatch) (batchReply[receiptReply], error) {
		return batch(s, in.QueueURL, in.Entries, entry, func(e receiptEntry) string { return e.ID }, func(q *queue, e receiptEntry) (receiptReply, error) {
			return receiptReply{e.ID}, each(q, e)
		})
	}
}

// batch carries out the entries of a batch operation one by one; each fails alone.
func batch[E, R any](s *Server, url string, entries []E, scripted func(int) string, id func(E) string, each func(*queue, E) (R, error)) (batchReply[R], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := batchReply[R]{Successful: []R{}, Failed: []batchError{}}
	q, err := s.queue(url)
	if err != nil {
		return reply, err
	}
	ids := map[string]bool{}
	for _, e := range entries {
		ids[id(e)] = true
	}
	switch {
	case len(entries) == 0:
		return reply, refuse("com.amazonaws.sqs#EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > maxBatch:
		return reply, refuse("com.amazonaws.sqs#TooManyEntriesInBatchRequest", "Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(entries))
	case len(ids) < len(entries):
		return reply, refuse("com.amazonaws.sqs#BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
	case ids[""]:
		return reply, refuse("com.amazonaws.sqs#InvalidBatchEntryId", "An entry has no Id.")
	}
	for i, e := range entries {
		if code := scripted(i); code != "" {
			reply.Failed = append(reply.Failed, batchError{ID: id(e), Code: code, Message: "scripted"})
			continue
		}
		done, err := each(q, e)
		if err != nil {
			failed := batchError{ID: id(e), Code: "InternalError", Message: err.Error()}
			var r *refusal
			if errors.As(err, &r) {
				failed.Code, failed.SenderFault = r.kind[strings.LastIndexByte(r.kind, '#')+1:], true
			}
			reply.Failed = append(reply.Failed, failed)
			continue
		}
		reply.Successful = append(reply.Successful, done)
	}
	return reply, nil
}

package awstest

// CreateSecret stores the text of a secret and returns its ARN. It replaces a
// secret of that name.
func (s *Server) CreateSecret(name, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := "arn:aws:secretsmanager:" + Region + ":" + Account + ":secret:" + name + "-AbCdEf"
	s.secrets[arn] = text
	return arn
}

type secretReply struct {
	ARN           string
	Name          string
	SecretString  string
	VersionID     string   `json:"VersionId"`
	VersionStages []string `json:"VersionStages"`
}

func (s *Server) getSecretValue(in struct {
	SecretID string `json:"SecretId"`
}) (secretReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.secrets[in.SecretID]
	if !ok {
		return secretReply{}, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	}
	return secretReply{ARN: in.SecretID, Name: in.SecretID, SecretString: text, VersionID: "1", VersionStages: []string{"AWSCURRENT"}}, nil
}

package vault

import "fmt"

// Protect puts the key file under a KMS key, or moves it from one to another, or, with an empty uri, out of it. o.KMSURI is not looked at:
// the file says what protects it now. The KMS is asked to open what it has wrapped before the file is replaced. Copies made before
// go on opening what they opened: rotate the master key afterwards, and destroy them.
func Protect(o Options, uri string) error {
	o.KMSURI = ""
	return rewrite(o, func(r *ring) error {
		if r.kmsURI == uri {
			return errUnchanged
		}
		r.kmsURI = uri
		data, err := r.marshal(o)
		if err == nil {
			_, err = unmarshalRing(data, o)
		}
		if err != nil {
			return fmt.Errorf("%w %s: %w", ErrKeyFile, o.KeyFile, err)
		}
		return nil
	})
}

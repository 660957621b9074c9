"""A private certificate authority and a server certificate for localhost and 127.0.0.1, made with openssl."""

import os
import subprocess


def _openssl(*arguments):
    done = subprocess.run(("openssl",) + arguments, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed:\n{done.stderr[-2000:]}")


def authority(directory, name="ca", subject="/CN=Private test authority"):
    """Makes NAME.pem and NAME-key.pem once; returns the certificate's path."""
    certificate = os.path.join(directory, name + ".pem")
    if not os.path.exists(certificate):
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
                 "-subj", subject, "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", os.path.join(directory, name + "-key.pem"), "-out", certificate)
    return certificate


def certificates(directory, name="server", names="DNS:localhost,IP:127.0.0.1,IP:::1", ca="ca"):
    """A certificate for `names` signed by the directory's authority, made once: paths of ca, cert and key."""
    os.makedirs(directory, exist_ok=True)
    ca_certificate = authority(directory, ca)
    certificate = os.path.join(directory, name + ".pem")
    key = os.path.join(directory, name + "-key.pem")
    if not os.path.exists(certificate):
        request = os.path.join(directory, name + ".csr")
        extensions = os.path.join(directory, name + ".ext")
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", ca_certificate,
                 "-CAkey", os.path.join(directory, ca + "-key.pem"), "-CAcreateserial", "-days", "3650",
                 "-extfile", extensions, "-out", certificate)
    return {"ca": ca_certificate, "cert": certificate, "key": key}

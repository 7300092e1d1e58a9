"""The addresses of one lab: 10.83.N.0/24 and fd83:0:0:N::/64. Each lab takes another N, so that a tracer's address filter sees one lab and not its neighbour."""

import fcntl
import ipaddress
import os

from namespaces import CannotHere, LabError

LOCK = "/run/fintrail-lab-{}.lock"
MOST = 256
HOSTS = {"near": 1, "far": 2}


class Subnet:
    """One N, held by a lock on a file for as long as this process or a child of it lives: the kernel lets go of it, however they die. The file stays: to
    remove it while another opens it would give two labs the same N."""

    def __init__(self, number):
        self.number = number
        self.networks = {4: ipaddress.ip_network(f"10.83.{number}.0/24"), 6: ipaddress.ip_network(f"fd83:0:0:{number}::/64")}
        self.lock = os.open(LOCK.format(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    @classmethod
    def free(cls):
        """The first that nobody has. It is taken alone, which says so, and then shared, so that labs with --subnet can join."""
        for number in range(MOST):
            subnet = cls(number)
            if subnet.locks(fcntl.LOCK_EX) and subnet.locks(fcntl.LOCK_SH):  # the change is not atomic: another may have come between
                return subnet
            os.close(subnet.lock)
        raise CannotHere(f"all {MOST} subnets of 10.83.0.0/16 are in use by running labs ({LOCK.format('N')}): end some of them")

    @classmethod
    def joined(cls, number):
        subnet = cls(number)
        if not subnet.locks(fcntl.LOCK_SH):
            raise LabError(f"subnet {number} is just being taken by another lab: try again, or leave --subnet out")
        return subnet

    def locks(self, kind):
        try:
            fcntl.flock(self.lock, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False

    def address(self, side, family):
        return str(self.networks[family][HOSTS[side]])

    def withLength(self, side, family):
        return f"{self.address(side, family)}/{self.networks[family].prefixlen}"

    def said(self):
        return {"number": self.number, **{str(family): str(network) for family, network in self.networks.items()}}
